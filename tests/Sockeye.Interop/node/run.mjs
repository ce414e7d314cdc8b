// node run.mjs --list                             the names of all scenarios, "group: name" a line
// node run.mjs GROUP --base N [--app COMMAND] [--host COMMAND] [--only TEXT] [--balanced]
//                                                 runs a group against the conformance app at base N: one line of JSON for each scenario.
//                                                 Scenarios that end or measure a server start their own with COMMAND; the page's start the host.
//                                                 --balanced: not the app at N, but two with COMMAND that are one cluster, behind a balancer that knows nothing of sessions.
import { startBalanced } from './lib/balancer.mjs';
import { runScenario, takeRegistered } from './lib/harness.mjs';

const groups = ['connect', 'messages', 'rooms', 'lifecycle', 'upgrade', 'http', 'limits', 'engine', 'faults', 'load', 'overflow', 'process', 'page', 'admin', 'samples', 'proxies', 'symptoms', 'cluster', 'balance'];
const option = (name) => { const i = process.argv.indexOf(name); return i < 0 ? undefined : process.argv[i + 1]; };

async function scenariosOf(group) {
  await import(`./groups/${group}.mjs`);
  return takeRegistered();
}

if (process.argv.includes('--list')) {
  for (const group of groups) {
    for (const { name } of await scenariosOf(group)) console.log(`${group}: ${name}`);
  }
} else {
  const only = option('--only');
  let failed = 0;

  // The same scenarios against two nodes, of which each request goes to the next one.
  const balanced = process.argv.includes('--balanced') ? await startBalanced(option('--app')) : undefined;
  for (const scenario of await scenariosOf(process.argv[2])) {
    if (only && !scenario.name.includes(only)) continue;
    const result = await runScenario(scenario, balanced?.base ?? Number(option('--base')), option('--app'), option('--host'));
    if (!result.ok) failed++;
    console.log(JSON.stringify(result));
  }

  await balanced?.end();
  process.exit(failed ? 1 : 0);
}

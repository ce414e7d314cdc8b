#!/bin/sh
# Everything that is done to this repository, for sh and for PowerShell (docs/adr/0046-build-head.md).
#
#   ./build.ps1 run    [host arguments]   start the server with its playground page on http://127.0.0.1:3000
#   ./build.ps1 test   [project part]     install what the tests need, build, run all tests (or those of matching projects)
#   ./build.ps1 nemesis                   what a cluster has to survive, at length: 10,000 seeds in one process, 10 rounds with processes and NATS: 40 minutes
#   ./build.ps1 perf   [quick]            measure beside the C floor and (unless quick) what people use today: 4 or 20 minutes
#   ./build.ps1 perf   scale              cost against connections, payload, members, rooms and loops: 15 minutes
#   ./build.ps1 perf   builds             the same server as JIT, ReadyToRun and Native AOT: start, first and settled cost, memory: 10 minutes
#   ./build.ps1 perf   cluster            two nodes over NATS: CPU of a message from one to the other beside the bare client of NATS, a poll at the wrong node: 7 minutes
#   ./build.ps1 perf   report             write docs/performance.md and its plots from the last figures of perf, perf scale and perf cluster
#   ./build.ps1 perf   micro [--short] [name]   micro-benchmarks (BenchmarkDotNet) whose names contain that, with allocated bytes
#   ./build.ps1 build                     build everything in Release
#   ./build.ps1 publish [native]          the host for this machine: compiled ahead (ReadyToRun), into artifacts/host; or as one native executable, into artifacts/host-native
#   ./build.ps1 publish single [rid...]   the host as one file that needs no .NET, into artifacts/host-single/RID: linux-x64, linux-arm64 and win-x64, or those that are named
#   ./build.ps1 groups                    write what follows from the code: the picture of the groups in docs/architecture.md, and docs/log-events.md
#   ./build.ps1 docs                      the site with all pages and the reference of the API, into artifacts/docs; broken links and references fail
#   ./build.ps1 pack                      NuGet packages into artifacts/packages
#   ./build.ps1 clean                     remove everything that was built
#
# sh reads the head below. It answers at once, starts the server itself, and hands the rest to PowerShell, which takes the head for a comment:
# the next line is the command "true" for sh, and for PowerShell a variable and the beginning of that comment.
${build_head-true} = "\" <#"

self=$0
[ ! -h "$self" ] || self=$(readlink -f -- "$self") || exit 1 # somebody's link to it
root=$(CDPATH='' cd -- "$(dirname -- "$self")" && pwd) || exit 1
usage() { sed -n 's/^#   //p' "$0"; }
fail() { printf '%s\n' "$1" >&2; exit 1; }

need_sdk() {
    # Where the installing script of .NET puts it, for a shell that has not been told.
    command -v dotnet >/dev/null || PATH=$PATH:${DOTNET_ROOT:-$HOME/.dotnet}
    link='https://dotnet.microsoft.com/download/dotnet/10.0'
    command -v dotnet >/dev/null || fail "The .NET 10 SDK is needed and there is no 'dotnet' in PATH: install it from $link"
    (cd -- "$root" && dotnet --version >/dev/null 2>&1) && return
    wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$root/global.json")
    found=$(dotnet --list-sdks 2>/dev/null | sed 's/ .*//' | tr '\n' ' ')
    fail "The .NET 10 SDK is needed ($wanted or a newer 10.0, says global.json), and here is ${found:-none}: install it from $link"
}

case ${1-help} in help | -h | --help) usage; exit 0 ;; esac
if ! usage | sed 's/^[^ ]* \([a-z]*\).*/\1/' | grep -Fqx -e "$1"; then
    usage >&2
    printf "unknown command '%s'\n" "$1" >&2
    exit 2
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if [ "$1" != run ]; then
    command -v pwsh >/dev/null && exec pwsh -NoLogo -NoProfile -File "$root/build.ps1" "$@"
    echo "build.ps1 $1: no PowerShell here; its engine comes from NuGet, about 100 MB with the first call"
    need_sdk
    cd -- "$root" && exec dotnet run --verbosity minimal .build/pwsh.cs -- "$root/build.ps1" "$@"
fi

shift
host=$root/artifacts/run/bin/Sockeye.Host/release/Sockeye.Host.dll
if [ -f "$host" ]; then
    echo 'Sockeye: builds what has changed, then the server starts.'
else
    echo 'Sockeye: fetches its packages from NuGet (about 17 MB), builds 10 projects, then the server starts. Later runs take seconds.'
fi
need_sdk
# In the background, because a shell that waits in the foreground hears of no signal. The traps are there before it is, so that no signal leaves it behind; before it there is nothing to end.
# The settings spare the start of a first-time user what is not used here.
trap 'kill "$!" 2>/dev/null; exit 129' HUP
trap 'kill "$!" 2>/dev/null; exit 130' INT
trap 'kill "$!" 2>/dev/null; exit 143' TERM
(
    cd -- "$root" && export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true DOTNET_TieredPGO=0 &&
        exec dotnet build @.build/run.rsp
) &
wait "$!" || exit
trap - HUP INT TERM
export DOTNET_ENVIRONMENT="${DOTNET_ENVIRONMENT:-${ASPNETCORE_ENVIRONMENT:-Development}}"
exec dotnet "$host" "$@"
#>

$Command = if ($args.Count -gt 0) { [string] $args[0] } else { 'help' }
$Rest = [string[]] @($(for ($i = 1; $i -lt $args.Count; $i++) { $args[$i] }))
$ErrorActionPreference = 'Stop'
$Root = $PSScriptRoot
$Solution = [IO.Path]::Combine($Root, 'Sockeye.slnx')
[Environment]::SetEnvironmentVariable('DOTNET_CLI_TELEMETRY_OPTOUT', '1')
[Environment]::SetEnvironmentVariable('DOTNET_NOLOGO', '1')

# Runs a native program, passes its output on, and ends the script with one clear line when it fails.
function Invoke-Program([string] $Program, [string[]] $Arguments) {
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Program $($Arguments -join ' ') ended with exit code $LASTEXITCODE" }
}

function Test-Program([string] $Program) {
    foreach ($folder in [Environment]::GetEnvironmentVariable('PATH').Split([IO.Path]::PathSeparator)) {
        if ($folder -and ([IO.File]::Exists([IO.Path]::Combine($folder, $Program)) -or [IO.File]::Exists([IO.Path]::Combine($folder, "$Program.exe")))) { return $true }
    }
    return $false
}

# Runs a program as root.
function Invoke-Admin([string] $Why, [string[]] $Line) {
    if ([Environment]::UserName -ne 'root') {
        if (-not (Test-Program 'sudo')) { throw "$Why needs '$($Line -join ' ')': run it as root" }
        $Line = @('sudo') + $Line
    }
    Invoke-Program $Line[0] $Line[1..($Line.Count - 1)]
}

# Installs Debian packages when one of the programs or files that they bring is missing.
function Install-Package([string[]] $Wanted, [string] $Why) {
    if ($Wanted.Count -eq 0) { return }
    if (-not (Test-Program 'apt-get')) { throw "$Why needs $($Wanted -join ', '): install it with your system's package manager" }
    [Console]::WriteLine("Installing $($Wanted -join ', ') ($Why)")
    [Environment]::SetEnvironmentVariable('DEBIAN_FRONTEND', 'noninteractive')
    Invoke-Admin $Why @('apt-get', 'update', '-qq')
    Invoke-Admin $Why (@('apt-get', 'install', '-y', '-qq', '--no-install-recommends') + $Wanted)
}

# The package of a server starts it as a service. Masked before the package comes, the tests have the program and nobody a service that was not asked for.
function Hide-Unit([string] $Unit, [string] $Why) {
    $path = "/etc/systemd/system/$Unit"
    if ([IO.File]::Exists($path)) { return }
    [Console]::WriteLine("Masking $Unit ('systemctl unmask $Unit' takes that back)")
    Invoke-Admin $Why @('mkdir', '-p', '/etc/systemd/system')
    Invoke-Admin $Why @('ln', '-s', '/dev/null', $path)
}

# What the tests from outside stand on: Node with npm, Python's Socket.IO client, a browser, two proxies, NATS. The npm packages are installed by the tests that need them.
function Install-TestTools {
    $missing = @()
    if (-not (Test-Program 'node')) { $missing += 'nodejs' }
    if (-not (Test-Program 'npm')) { $missing += 'npm' }
    if (-not (Test-Program 'chromium')) { $missing += 'chromium' }
    if (-not (Test-Program 'python3')) { $missing += 'python3' }
    # Debian's own interpreter, which alone sees Debian's packages. The client of Socket.IO comes without what it connects with.
    foreach ($module in @('socketio', 'aiohttp', 'requests', 'websocket')) {
        if (-not [IO.Directory]::Exists("/usr/lib/python3/dist-packages/$module")) { $missing += "python3-$module" }
    }
    # The proxies of docs/deploy.
    if (-not [IO.File]::Exists('/usr/sbin/nginx')) { $missing += 'nginx-light' }
    if (-not [IO.File]::Exists('/usr/sbin/haproxy')) { $missing += 'haproxy' }
    if (-not (Test-Program 'openssl')) { $missing += 'openssl' }
    Install-Package $missing 'the tests from outside'
    Install-Nats 'the test of the cluster'
    Install-Linker
    # Scrapes the host and checks the rules of docs/deploy; a test starts its own on a free port.
    if (-not (Test-Program 'prometheus')) {
        Hide-Unit 'prometheus.service' 'the test of the metrics'
        Install-Package @('prometheus') 'the test of the metrics'
    }
}

# The bus of a cluster; whoever needs it starts its own on a free port.
function Install-Nats([string] $Why) {
    if ([IO.File]::Exists('/usr/sbin/nats-server') -or (Test-Program 'nats-server')) { return }
    Hide-Unit 'nats-server.service' $Why
    Install-Package @('nats-server') $Why
}

# What Native AOT links with.
function Install-Linker {
    if (-not [OperatingSystem]::IsLinux()) { return }
    $missing = @()
    if (-not (Test-Program 'clang') -and -not (Test-Program 'gcc')) { $missing += @('gcc', 'libc6-dev') }
    if (-not [IO.File]::Exists('/usr/include/zlib.h')) { $missing += 'zlib1g-dev' }
    Install-Package $missing 'Native AOT'
}

function Build-All { Invoke-Program 'dotnet' @('build', $Solution, '-c', 'Release', '--tl:off', '-v', 'q', '-nologo') }

# A test program in which no test ends for so long is ended, and the tests that ran are named. The longest test takes two minutes on two cores.
$HangTime = '8m'

# Runs the test projects one after the other (they measure memory and descriptors, so they do not share the machine) and adds up.
function Test-All([string] $Part) {
    $passed = 0; $failed = 0; $broken = @()
    $projects = [IO.Directory]::GetFiles([IO.Path]::Combine($Root, 'tests'), '*.csproj', [IO.SearchOption]::AllDirectories)
    [Array]::Sort($projects, [StringComparer]::Ordinal)
    foreach ($project in $projects) {
        $name = [IO.Path]::GetFileNameWithoutExtension($project)
        if (-not [IO.File]::ReadAllText($project).Contains('<IsTestProject>true')) { continue }
        if ($Part -and $name.IndexOf($Part, [StringComparison]::OrdinalIgnoreCase) -lt 0) { continue }
        [Console]::WriteLine("== $name")
        $state = @{ total = -1; failed = 0; skipped = 0 }
        $results = [IO.Path]::Combine($Root, 'artifacts', 'tests', $name)
        if ([IO.Directory]::Exists($results)) { [IO.Directory]::Delete($results, $true) }
        & dotnet test --project $project -c Release --no-build --no-progress --no-ansi --output Normal --results-directory $results --hangdump --hangdump-timeout $HangTime --hangdump-type None | ForEach-Object {
            $line = [string] $_
            if ($line -match '^\s+(total|failed|skipped):\s+(\d+)') { $state[$Matches[1]] = [int] $Matches[2] }
            [Console]::WriteLine($line)
        }
        $code = $LASTEXITCODE
        if ($state.total -gt 0) { $passed += $state.total - $state.failed - $state.skipped; $failed += $state.failed + $state.skipped }
        if ([IO.Directory]::Exists($results)) {
            foreach ($log in [IO.Directory]::GetFiles($results, '*_hang.log')) { [Console]::WriteLine("Nothing went on for ${HangTime}; these tests ran:"); [Console]::WriteLine([IO.File]::ReadAllText($log)) }
        }
        if ($code -ne 0 -or $state.total -le 0) { $broken += $name; if ($state.failed -eq 0) { $failed += 1 } }
    }
    if ($broken.Count -gt 0) { [Console]::WriteLine("Failed: $($broken -join ', ')") }
    [Console]::WriteLine("$passed passed, $failed failed")
    if ($failed -gt 0 -or $passed -eq 0) { throw 'The tests failed.' }
}

# The test command runs each nemesis of a cluster for a moment; this runs them at length: seeds of the cluster in one process, and rounds with processes and a real NATS.
function Test-Nemesis {
    [Environment]::SetEnvironmentVariable('SOCKEYE_CLUSTER_SEEDS', '1112') # for each of the nine nemeses
    $runs = @(@{ project = 'Sockeye.Server.Tests'; rounds = 1; only = @('--filter-class', '*ClusterHistoryTests') })
    $runs += @{ project = 'Sockeye.Cluster.Nats.Tests'; rounds = 10; only = @('--filter-class', '*OutageTests') }
    $runs += @{ project = 'Sockeye.Interop'; rounds = 10; only = @('--filter-method', '*Two_nodes_*') }
    foreach ($run in $runs) { Invoke-Program 'dotnet' @('build', [IO.Path]::Combine($Root, 'tests', $run.project), '-c', 'Release', '--tl:off', '-v', 'q', '-nologo') }
    foreach ($run in $runs) {
        $arguments = @('test', '--project', [IO.Path]::Combine($Root, 'tests', $run.project), '-c', 'Release', '--no-build', '--no-progress', '--no-ansi', '--output', 'Normal', '--') + $run.only
        for ($round = 1; $round -le $run.rounds; $round++) {
            [Console]::WriteLine("== $($run.project), round $round of $($run.rounds)")
            Invoke-Program 'dotnet' $arguments
        }
    }
}

# A project compiled before it starts, for this machine: ReadyToRun, or one native executable. The compilers come from NuGet with the first call.
function Publish-Project([string] $Folder, [string] $Name, [bool] $Native, [string] $Output) {
    $arguments = @('publish', [IO.Path]::Combine($Root, $Folder, $Name), '-c', 'Release', '--use-current-runtime', '--tl:off', '-v', 'q', '-nologo', '-o', [IO.Path]::Combine($Root, 'artifacts', $Output))
    if ($Native) {
        Install-Linker
        $arguments += '-p:PublishAot=true'
    }
    else { $arguments += @('--self-contained', 'false', '-p:PublishReadyToRun=true') }
    Invoke-Program 'dotnet' $arguments
}

# What was published is a program for that processor, as its first bytes say: the machine of ELF, or of PE.
function Assert-Machine([string] $Folder, [string] $Rid) {
    $windows = $Rid.StartsWith('win-')
    $file = [IO.Path]::Combine($Folder, $(if ($windows) { 'Sockeye.Host.exe' } else { 'Sockeye.Host' }))
    $head = [byte[]]::new(1024)
    $stream = [IO.File]::OpenRead($file)
    try { $stream.ReadExactly($head, 0, $head.Length) } finally { $stream.Dispose() }
    $place = if ($windows) { [BitConverter]::ToInt32($head, 60) + 4 } else { 18 }
    $wanted = @{ 'linux-x64' = 0x3E; 'linux-arm64' = 0xB7; 'win-x64' = 0x8664 }[$Rid]
    $found = [BitConverter]::ToUInt16($head, $place)
    if ($wanted -and $found -ne $wanted) { throw "$file is a program for the machine $found, and not for $Rid" }
}

# The host as one file for each of these systems, with the runtime in it, which comes from NuGet as the SDK names it.
function Publish-Single([string[]] $Rids) {
    if (-not $Rids) { $Rids = @('linux-x64', 'linux-arm64', 'win-x64') }
    foreach ($rid in $Rids) {
        if ($rid -notmatch '^[a-z]+(-[a-z0-9]+)+$') { throw "'$rid' is no system; write linux-x64, linux-arm64 or win-x64" }
    }
    foreach ($rid in $Rids) {
        $output = [IO.Path]::Combine($Root, 'artifacts', 'host-single', $rid)
        if ([IO.Directory]::Exists($output)) { [IO.Directory]::Delete($output, $true) }
        try { Invoke-Program 'dotnet' @('publish', [IO.Path]::Combine($Root, 'host', 'Sockeye.Host'), '-c', 'Release', '-r', $rid, '-p:PublishProfile=single', '--tl:off', '-v', 'q', '-nologo', '-o', $output) }
        catch { throw "The host for $rid was not published, for the reason above. Its runtime comes from NuGet as Microsoft.NETCore.App.Runtime.$rid, in the version of the SDK's own." }
        Assert-Machine $output $rid
        [Console]::WriteLine("${output}:")
        foreach ($file in [IO.Directory]::GetFiles($output)) { [Console]::WriteLine("  $([IO.Path]::GetFileName($file)) $([Math]::Round(([IO.FileInfo] $file).Length / 1MB, 1)) MB") }
    }
}

# Builds what is measured; everything else is the business of perf/Sockeye.Load, which starts the servers and runs the suite.
function Measure-Performance([string[]] $Arguments) {
    $load = [IO.Path]::Combine($Root, 'perf', 'Sockeye.Load')
    $projects = @($load)
    if ($Arguments[0] -eq 'cluster') {
        Install-Nats 'measuring a cluster'
        $projects += [IO.Path]::Combine($Root, 'tests', 'Sockeye.Conformance')
    }
    elseif ($Arguments[0] -ne 'report') {
        $missing = @()
        if (-not (Test-Program 'cc')) { $missing += @('gcc', 'libc6-dev') }
        if (-not (Test-Program 'taskset')) { $missing += 'util-linux' }
        if (-not (Test-Program 'node')) { $missing += 'nodejs' }
        if (-not (Test-Program 'npm')) { $missing += 'npm' }
        Install-Package $missing 'measuring'
        $projects += [IO.Path]::Combine($Root, 'tests', 'Sockeye.Conformance')
    }
    foreach ($project in $projects) { Invoke-Program 'dotnet' @('build', $project, '-c', 'Release', '--tl:off', '-v', 'q', '-nologo') }
    if (@('report', 'quick', 'builds', 'cluster') -notcontains $Arguments[0]) {
        # A peer that does not build here is left out; the figures say so.
        & dotnet build ([IO.Path]::Combine($Root, 'perf', 'peers', 'AspNet')) -c Release --tl:off -v q -nologo
    }
    if ($Arguments[0] -eq 'builds') {
        Publish-Project 'tests' 'Sockeye.Conformance' $false 'perf/ready'
        Publish-Project 'tests' 'Sockeye.Conformance' $true 'perf/native'
    }
    $program = [IO.Path]::Combine($load, 'bin', 'Release', 'net10.0', 'Sockeye.Load.dll')
    if (@('report', 'scale', 'builds', 'cluster') -contains $Arguments[0]) { Invoke-Program 'dotnet' (@($program) + $Arguments) }
    else { Invoke-Program 'dotnet' (@($program, 'suite') + $Arguments) }
}

# Micro-benchmarks: codecs, outbox, dispatch, fan-out.
function Measure-Micro([string[]] $Arguments) {
    $project = [IO.Path]::Combine($Root, 'perf', 'Sockeye.Benchmarks')
    Invoke-Program 'dotnet' @('build', $project, '-c', 'Release', '--tl:off', '-v', 'q', '-nologo')
    Invoke-Program 'dotnet' (@([IO.Path]::Combine($project, 'bin', 'Release', 'net10.0', 'Sockeye.Benchmarks.dll')) + $Arguments)
}

# What the head of this file does under sh. Where there is a process to change into (not on Windows) it is the head that does it, so that signals reach the server.
function Start-Server([string[]] $Arguments) {
    $location = $ExecutionContext.SessionState.Path
    if ([Environment]::OSVersion.Platform -eq 'Unix' -and $ExecutionContext.InvokeCommand.GetCommand('Switch-Process', 'Cmdlet')) {
        $null = $location.SetLocation($Here)
        Switch-Process -WithCommand (@('sh', $PSCommandPath, 'run') + $Arguments)
    }
    [Console]::WriteLine('Sockeye: fetches its packages from NuGet (about 17 MB) the first time, builds 7 projects, then the server starts.')
    Invoke-Program 'dotnet' @('build', '@.build/run.rsp')
    $null = $location.SetLocation($Here)
    if (-not [Environment]::GetEnvironmentVariable('DOTNET_ENVIRONMENT') -and -not [Environment]::GetEnvironmentVariable('ASPNETCORE_ENVIRONMENT')) {
        [Environment]::SetEnvironmentVariable('DOTNET_ENVIRONMENT', 'Development')
    }
    Invoke-Program 'dotnet' (@([IO.Path]::Combine($Root, 'artifacts', 'run', 'bin', 'Sockeye.Host', 'release', 'Sockeye.Host.dll')) + $Arguments)
}

# Programs start in the folder of the repository, where global.json says which SDK and which test runner; the caller stays where it is.
$Here = $ExecutionContext.SessionState.Path.CurrentLocation.Path
$null = $ExecutionContext.SessionState.Path.SetLocation($Root)
try { switch ($Command) {
    'build' { Build-All }
    'run' { Start-Server $Rest }
    'test' {
        # One compiler process for all that is built, here and by the tests of the packages, also where the environment has a new one started for each project: that takes twice as long. It ends with the tests.
        [Environment]::SetEnvironmentVariable('UseSharedCompilation', 'true')
        Install-TestTools
        try { Build-All; Test-All ($Rest -join ' ') } finally { & dotnet build-server shutdown --vbcscompiler > $null }
    }
    'nemesis' { Install-TestTools; Test-Nemesis }
    'perf' {
        if ($Rest.Count -gt 0 -and $Rest[0] -eq 'micro') { Measure-Micro @($Rest | Where-Object { $_ -ne 'micro' }) } else { Measure-Performance $Rest }
    }
    'publish' {
        $form = $Rest -join ' '
        if ($Rest.Count -gt 0 -and $Rest[0] -eq 'single') { Publish-Single @($Rest | Where-Object { $_ -ne 'single' }) }
        elseif ($form -and $form -ne 'native') { throw "publish takes nothing, 'native' or 'single', not '$form'" }
        elseif ($form) { Publish-Project 'host' 'Sockeye.Host' $true 'host-native' }
        else { Publish-Project 'host' 'Sockeye.Host' $false 'host' }
    }
    'groups' {
        $project = [IO.Path]::Combine($Root, 'tests', 'Sockeye.Architecture.Tests')
        Invoke-Program 'dotnet' @('build', $project, '-c', 'Release', '--tl:off', '-v', 'q', '-nologo')
        [Environment]::SetEnvironmentVariable('SOCKEYE_WRITE_GROUPS', '1')
        Invoke-Program 'dotnet' @('test', '--project', $project, '-c', 'Release', '--no-build', '--no-progress', '--no-ansi', '--', '--filter-method', '*The_picture_of_the_groups_is_current', '--filter-method', '*The_page_of_log_events_is_current')
    }
    'docs' {
        $ExecutionContext.SessionState.Path.SetLocation($Root) > $null # where the manifest of the tools is looked for
        Invoke-Program 'dotnet' @('tool', 'restore')
        Invoke-Program 'dotnet' @('docfx', 'docfx.json', '--warningsAsErrors', 'true')
        $site = [IO.Path]::Combine($Root, 'artifacts', 'docs')
        [IO.File]::Copy([IO.Path]::Combine($site, 'README.html'), [IO.Path]::Combine($site, 'index.html'), $true)
        [Console]::WriteLine("Open $([IO.Path]::Combine($site, 'index.html')): 'python3 -m http.server -d $site' serves it, with its search")
    }
    'pack' {
        $packages = [IO.Path]::Combine($Root, 'artifacts', 'packages')
        Invoke-Program 'dotnet' @('pack', [IO.Path]::Combine($Root, '.build', 'packages.slnf'), '-c', 'Release', '--tl:off', '-v', 'q', '-nologo', '-p:ContinuousIntegrationBuild=true', '-o', $packages)
        [Console]::WriteLine("Packages in ${packages}:")
        foreach ($package in [IO.Directory]::GetFiles($packages, '*.nupkg')) { [Console]::WriteLine("  $([IO.Path]::GetFileName($package))") }
    }
    'clean' {
        foreach ($top in @('engine', 'plugins', 'host', 'tests', 'perf', 'docs')) {
            $folder = [IO.Path]::Combine($Root, $top)
            if (-not [IO.Directory]::Exists($folder)) { continue }
            foreach ($name in @('bin', 'obj', 'node_modules')) {
                foreach ($built in [IO.Directory]::GetDirectories($folder, $name, [IO.SearchOption]::AllDirectories)) {
                    if ([IO.Directory]::Exists($built)) { [IO.Directory]::Delete($built, $true) }
                }
            }
        }
        $artifacts = [IO.Path]::Combine($Root, 'artifacts')
        if ([IO.Directory]::Exists($artifacts)) { [IO.Directory]::Delete($artifacts, $true) }
    }
    default {
        foreach ($line in [IO.File]::ReadAllLines($PSCommandPath)) { if ($line.StartsWith('#   ')) { [Console]::WriteLine($line.Substring(4)) } }
        if (@('help', '-h', '--help') -notcontains $Command) { throw "unknown command '$Command'" }
    }
} }
finally { $null = $ExecutionContext.SessionState.Path.SetLocation($Here) }

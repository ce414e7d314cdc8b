// Code on the page: tabs, a copy button, sources that are fetched when they are looked at, and a few colours.
const WORDS = /(\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\b(using|await|async|var|new|class|internal|sealed|private|public|static|readonly|const|return|if|else|for|foreach|in|while|do|switch|namespace|void|int|long|string|bool|byte|float|this|null|true|false|import|from|function|record|struct|out|is|or|and|not|get|set|let)\b/g;

export function showCode() {
  for (const code of document.querySelectorAll("pre code")) colour(code);
  for (const box of document.querySelectorAll("[data-tabs]")) tabs(box);
  for (const source of document.querySelectorAll("[data-source]")) {
    source.closest("details").addEventListener("toggle", () => load(source), { once: true });
  }
}

function tabs(box) {
  const all = [...box.querySelectorAll("[role=tab]")];
  const choose = (chosen) => {
    for (const tab of all) {
      tab.setAttribute("aria-selected", tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
    }
  };
  for (const tab of all) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      if (key !== "ArrowRight" && key !== "ArrowLeft") return;
      const next = all[(all.indexOf(tab) + 1) % all.length];
      choose(next);
      next.focus();
    });
  }
  choose(all[0]);
  box.querySelector(".copy").addEventListener("click", ({ target }) => copy(target, box.querySelector("pre:not([hidden])").textContent));
}

async function load(source) {
  const pre = source.appendChild(document.createElement("pre"));
  pre.tabIndex = 0;
  const code = pre.appendChild(document.createElement("code"));
  try {
    const response = await fetch(source.dataset.source);
    code.textContent = response.ok ? await response.text() : `The server does not serve it: ${response.status}.`;
  } catch { code.textContent = "The server does not answer."; }
  colour(code);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(button, code.textContent));
  source.prepend(button);
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch { button.textContent = "The browser does not allow it"; }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

function colour(code) {
  const text = code.textContent;
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(WORDS)) {
    parts.push(text.slice(end, match.index));
    const span = document.createElement("span");
    span.className = match[1] ? "comment" : match[2] ? "text" : "word";
    span.textContent = match[0];
    parts.push(span);
    end = match.index + match[0].length;
  }
  code.replaceChildren(...parts, text.slice(end));
}

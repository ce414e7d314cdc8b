// A small line plot in SVG: newest value at the right, colours from the style sheet.
const NS = "http://www.w3.org/2000/svg";
const WIDTH = 300, HEIGHT = 90;

export class Plot {
  #figure; #svg; #paths; #top; #options; #series = []; #scale = (v) => v;

  /** `series`: class names of the lines. `span`: points from edge to edge. `scale`: maps a value to 0..1; without it the top is chosen. `marks`: [value, text] lines across. */
  constructor(figure, { series, span, area = false, least = 1, format = String, marks = [], scale = null, from = "a minute ago" }) {
    this.#figure = figure;
    this.#options = { series, span, area, least, format, scale };
    const frame = figure.appendChild(document.createElement("div"));
    frame.className = "frame";
    this.#svg = frame.appendChild(element("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }));
    this.#svg.append(...[0, 0.5, 1].map((y) => element("line", { class: "grid", x1: 0, x2: WIDTH, y1: y * HEIGHT, y2: y * HEIGHT })));
    for (const [value, text] of marks) {
      this.#svg.append(element("line", { class: "mark", x1: 0, x2: WIDTH, y1: HEIGHT * (1 - scale(value)), y2: HEIGHT * (1 - scale(value)) }));
      const label = frame.appendChild(document.createElement("span"));
      label.className = "marked";
      label.textContent = text;
      label.style.setProperty("--at", 1 - scale(value));
    }
    this.#paths = series.map((name) => this.#svg.appendChild(element("path", { class: `line ${name}` })));
    this.#top = frame.appendChild(document.createElement("span"));
    this.#top.className = "top";
    const axis = figure.appendChild(document.createElement("div"));
    axis.className = "axis";
    axis.append(span_(from), span_("now"));
  }

  /** Draws the series anew, each an array of numbers; null leaves a gap. */
  draw(series, caption) {
    const { span, area, least, format, scale } = this.#options;
    const most = nice(Math.max(least, ...series.flat().filter((value) => value !== null)));
    this.#scale = scale ?? ((value) => value / most);
    if (!scale) this.#top.textContent = format(most);
    this.#series = series;
    series.forEach((values, i) => {
      const line = this.#line(values.slice(-span), span);
      this.#paths[i].setAttribute("d", line);
      this.#paths[i].classList.toggle("area", area && i === 0);
    });
    if (caption !== undefined) this.#figure.querySelector("figcaption b").textContent = caption;
  }

  #line(values, span) {
    let path = "", pen = "M";
    const first = span - values.length;
    values.forEach((value, i) => {
      if (value === null) { pen = "M"; return; }
      const y = 2 + (HEIGHT - 4) * (1 - Math.min(Math.max(this.#scale(value), 0), 1));       // the line is whole at the edges
      path += `${pen}${((first + i) / (span - 1) * WIDTH).toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    });
    return path;
  }
}

function nice(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * unit).find((top) => top >= value);
}

function element(name, attributes) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function span_(text) {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

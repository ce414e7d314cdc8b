// The pool on a canvas. The server alone knows where the fish are; this draws what it said, a moment ago, so that two of its frames always lie around
// the moment that is drawn.
const WIDTH = 1600, HEIGHT = 600;          // the server's units
const BEHIND = 2.2;                        // ticks between what is drawn and the newest frame: one to draw between, the rest for the network
const STEER_EVERY = 1000 / 30;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const BODY = new Path2D("M-30 0C-16-15 8-17 26-3 29-1 29 2 26 4 8 15-16 13-30 0Z");
const HEAD = new Path2D("M9-12C17-10 22-7 26-3 29-1 29 2 26 4 21 8 15 10 9 11 4 4 4-5 9-12Z");
const FIN = new Path2D("M-8-11C-4-20 4-22 10-21 7-17 7-14 9-11Z");
const TAIL = new Path2D("M2 0-16-14C-20-6-18-2-12 0-18 3-20 8-16 15Z");

export class Pool {
  #canvas; #pen; #here; #frames = []; #rate = 30; #offset = null; #target = { x: WIDTH / 2, y: HEIGHT / 2 }; #sent = 0; #late = 0; #still = false; #drawn = 0; #seen = true; #water = null;

  constructor(canvas, here) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d");
    this.#here = here;
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.#hold(calm.matches);
    calm.addEventListener("change", () => this.#hold(calm.matches));
    canvas.addEventListener("pointermove", (event) => { this.#target = this.#at(event); this.#steer(); });
    canvas.addEventListener("pointerdown", (event) => { const { x, y } = this.#target = this.#at(event); this.#steer(); this.#feed(x, y); });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    document.getElementById("feed").addEventListener("click", () => this.#feed(WIDTH * (0.1 + 0.8 * Math.random()), 60));
    document.getElementById("still").addEventListener("click", () => this.#hold(!this.#still));
    new IntersectionObserver(([{ isIntersecting }]) => { this.#seen = isIntersecting; }).observe(canvas);
    new ResizeObserver(() => this.#resize()).observe(canvas);
    requestAnimationFrame((now) => this.#draw(now));
  }

  reset(rate = this.#rate) { this.#frames = []; this.#offset = null; this.#rate = rate; }

  /** A frame of the server: tick, number of fish and bites, then their places (see Pool.cs). */
  frame(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const frame = { at: view.getUint32(0, true) * 1000 / this.#rate, fish: new Map(), bites: [] };
    let place = 6;
    for (let i = view.getUint8(4); i > 0; i--, place += 8) {
      frame.fish.set(view.getUint16(place, true), {
        x: view.getUint16(place + 2, true), y: view.getUint16(place + 4, true), turn: view.getUint8(place + 6) / 256 * 2 * Math.PI, wild: view.getUint8(place + 7) === 1,
      });
    }
    for (let i = view.getUint8(5); i > 0; i--, place += 4) frame.bites.push({ x: view.getUint16(place, true), y: view.getUint16(place + 2, true) });
    // The smallest distance between the clocks is the best guess; it drifts up slowly so that a path that has become longer is noticed.
    const offset = performance.now() - frame.at;
    this.#offset = this.#offset === null ? offset : Math.min(offset, this.#offset + 0.3);
    this.#frames.push(frame);
    if (this.#frames.length > 30) this.#frames.shift();
  }

  #hold(still) {
    this.#still = still;
    this.#drawn = 0;
    document.getElementById("still").setAttribute("aria-pressed", still);
  }

  #at(event) {
    const box = this.#canvas.getBoundingClientRect();
    const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    return { x: clamp((event.clientX - box.left) / box.width * WIDTH, WIDTH), y: clamp((event.clientY - box.top) / box.height * HEIGHT, HEIGHT) };
  }

  #steer() {
    const now = performance.now();
    if (now - this.#sent < STEER_EVERY) {                 // the last place of a movement is sent too
      this.#late ||= setTimeout(() => { this.#late = 0; this.#steer(); }, STEER_EVERY);
      return;
    }
    this.#sent = now;
    this.#here.client.emit("steer", this.#target.x, this.#target.y);
  }

  #feed(x, y) { this.#here.client.emit("feed", Math.round(x), Math.round(y)); }

  #own() { return this.#frames.at(-1)?.fish.get(this.#here.me) ?? this.#target; }

  #key(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      const own = this.#own();
      this.#target = { x: Math.min(Math.max(Math.round(own.x + step[0] * 140), 0), WIDTH), y: Math.min(Math.max(Math.round(own.y + step[1] * 140), 0), HEIGHT) };
      this.#steer();
    } else if (event.key === " ") {
      const own = this.#own();
      this.#feed(own.x, own.y - 80);
    } else {
      return;
    }
    event.preventDefault();
  }

  #resize() {
    const box = this.#canvas.getBoundingClientRect(), ratio = Math.min(devicePixelRatio || 1, 2);
    this.#canvas.width = Math.round(box.width * ratio);
    this.#canvas.height = Math.round(box.height * ratio);
    this.#paint(performance.now());
  }

  #draw(now) {
    if (this.#seen && (!this.#still || now - this.#drawn > 2000)) { this.#drawn = now; this.#paint(now); }
    requestAnimationFrame((next) => this.#draw(next));
  }

  #paint(now) {
    const { width, height } = this.#canvas, pen = this.#pen, sx = width / WIDTH, sy = height / HEIGHT;
    const dark = DARK.matches;
    if (this.#water?.width !== width || this.#water.height !== height || this.#water.dark !== dark) this.#water = paintWater(width, height, dark);
    pen.drawImage(this.#water, 0, 0);
    const moment = this.#moment(now);
    if (!moment) return;
    const size = Math.max(width / WIDTH, 0.34 * Math.min(devicePixelRatio || 1, 2)) * 1.15;
    pen.fillStyle = dark ? "#f2c879" : "#7a4a10";
    for (const { x, y } of moment.bites) { pen.beginPath(); pen.arc(x * sx, y * sy, 5 * size, 0, 7); pen.fill(); }
    const labels = [];
    for (const [id, fish] of moment.fish) {
      const person = this.#here.people.get(id);
      this.#fish(fish, sx, sy, size * (fish.wild ? 0.8 : 1.25), now, fish.wild ? null : person?.hue ?? 200, dark);
      if (person) labels.push([fish, person]);
    }
    pen.font = `600 ${Math.round(13 * Math.min(devicePixelRatio || 1, 2))}px system-ui, sans-serif`;
    pen.textAlign = "center";
    for (const [fish, person] of labels) this.#label(fish, person, sx, sy, size, width);
  }

  // Where everything is between the two frames around the moment.
  #moment(now) {
    const frames = this.#frames;
    if (!frames.length) return null;
    const at = now - this.#offset - BEHIND * 1000 / this.#rate;
    let next = frames.findIndex((frame) => frame.at > at);
    if (next < 0) return frames.at(-1);
    if (next === 0) return frames[0];
    const a = frames[next - 1], b = frames[next], part = (at - a.at) / (b.at - a.at), fish = new Map();
    for (const [id, to] of b.fish) {
      const from = a.fish.get(id) ?? to;
      let turn = to.turn - from.turn;
      if (turn > Math.PI) turn -= 2 * Math.PI;
      if (turn < -Math.PI) turn += 2 * Math.PI;
      fish.set(id, { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part, turn: from.turn + turn * part, wild: to.wild });
    }
    return { fish, bites: b.bites };
  }

  #fish({ x, y, turn, wild }, sx, sy, size, now, hue, dark) {
    const pen = this.#pen, left = Math.cos(turn) < 0;
    pen.save();
    pen.translate(x * sx, y * sy);
    pen.rotate(Math.atan2(Math.sin(turn) * sy, Math.cos(turn) * sx));
    pen.scale(size, left ? -size : size);                 // never on its back
    const body = wild ? "#d63f2e" : `oklch(${dark ? 74 : 58}% 0.16 ${hue})`;
    pen.fillStyle = wild ? "#a8281f" : `oklch(${dark ? 60 : 44}% 0.14 ${hue})`;
    pen.fill(FIN);
    pen.save();
    pen.translate(-27, 0);
    pen.rotate(Math.sin(now / 140 + x / 40) * 0.28);
    pen.fillStyle = body;
    pen.fill(TAIL);
    pen.restore();
    pen.fillStyle = body;
    pen.fill(BODY);
    if (wild) { pen.fillStyle = "#2c7a58"; pen.fill(HEAD); }
    pen.fillStyle = "#fff";
    pen.beginPath(); pen.arc(18, -3, 3.4, 0, 7); pen.fill();
    pen.fillStyle = "#14231c";
    pen.beginPath(); pen.arc(18.8, -3, 1.7, 0, 7); pen.fill();
    pen.restore();
  }

  #label(fish, person, sx, sy, size, width) {
    const pen = this.#pen, text = person.id === this.#here.me ? `${person.name} (you)` : person.name;
    const half = pen.measureText(text).width / 2 + 7, height = parseInt(pen.font.split(" ")[1], 10) + 7;
    const x = Math.min(Math.max(fish.x * sx, half + 2), width - half - 2);
    const y = fish.y * sy + 24 * size + height > this.#canvas.height ? fish.y * sy - 26 * size - height : fish.y * sy + 24 * size;
    pen.fillStyle = "rgba(8, 20, 28, .72)";
    pen.beginPath(); pen.roundRect(x - half, y, 2 * half, height, 6); pen.fill();
    pen.fillStyle = `oklch(88% 0.09 ${person.hue})`;
    pen.textBaseline = "middle";
    pen.fillText(text, x, y + height / 2 + 1);
  }
}

// Light from above, and weeds on the ground; painted once for each size.
function paintWater(width, height, dark) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height, dark }), pen = canvas.getContext("2d"), unit = height / 600;
  const water = pen.createLinearGradient(0, 0, 0, height);
  water.addColorStop(0, dark ? "#0f4152" : "#bfe6ea");
  water.addColorStop(1, dark ? "#07202c" : "#6fb7c4");
  pen.fillStyle = water;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = dark ? "rgba(140, 220, 235, .05)" : "rgba(255, 255, 255, .16)";
  for (let i = 0; i < 6; i++) {
    const x = (0.02 + i * 0.18) * width, wide = (0.03 + 0.02 * (i % 3)) * width;
    pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x + wide, 0); pen.lineTo(x + wide - 0.1 * width, height); pen.lineTo(x - 0.16 * width, height); pen.fill();
  }
  pen.fillStyle = dark ? "#0b2a2c" : "#58a0a3";
  pen.beginPath(); pen.moveTo(0, height);
  for (let x = 0; x <= 60; x++) pen.lineTo(x / 60 * width, height - unit * (34 + 14 * Math.sin(x * 0.3) + 8 * Math.sin(x * 0.77)));
  pen.lineTo(width, height); pen.fill();
  pen.strokeStyle = dark ? "#154a3e" : "#3d8a78";
  pen.lineCap = "round";
  for (let i = 0; i < 16; i++) {
    const x = width * ((i * 0.618) % 1), tall = unit * (60 + 70 * ((i * 0.37) % 1)), lean = unit * 14 * Math.sin(i * 2.4);
    pen.lineWidth = unit * (5 + i % 4);
    pen.beginPath(); pen.moveTo(x, height); pen.quadraticCurveTo(x - lean, height - tall / 2, x + lean, height - tall); pen.stroke();
  }
  return canvas;
}

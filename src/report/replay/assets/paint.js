// Texts and colours on a canvas.

// A user's text on a canvas, with no direction of its own over the rest.
function plain(text) {
  return "\u2068" + legible(text) + "\u2069";
}

// Text as far as it fits.
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return plain(text);
  let low = 0, high = Math.min(text.length, 200);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(text.slice(0, middle) + "…").width <= width) low = middle;
    else high = middle - 1;
  }
  return plain(text.slice(0, low) + "…");
}

// A colour as its red, green and blue; the style may say it in any of CSS's ways.
function channels(colour) {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour.trim());
  if (hex) return [0, 2, 4].map((at) => parseInt(hex[1].slice(at, at + 2), 16));
  const rgb = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(colour);
  if (rgb) return rgb.slice(1).map(Number);
  const one = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  one.fillStyle = colour;
  one.fillRect(0, 0, 1, 1);
  return Array.from(one.getImageData(0, 0, 1, 1).data.slice(0, 3));
}

function mixed(a, b, share) {
  const [one, other] = [channels(a), channels(b)];
  return "rgb(" + one.map((value, at) => Math.round(value + (other[at] - value) * share)).join(",") + ")";
}

// The colours of the element's style.
function coloursOf(element) {
  // A colour may be one of two, by the theme: an element that has it says which.
  const probe = made("i", "colour"), style = getComputedStyle(probe);
  element.append(probe);
  const read = (name) => {
    probe.style.color = "var(" + name + ")";
    return style.color || "#888888";
  };
  const owners = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => read("--r-c" + at));
  const paper = read("--r-paper"), ink = read("--r-ink");
  const colours = {
    ink, paper, line: read("--r-line"), accent: read("--r-accent"), muted: read("--r-muted"),
    soft: mixed(paper, ink, 0.05), box: mixed(paper, ink, 0.1), owners,
    bad: owners[4],
    // Every second deployment of a service is lighter, so that one is seen to replace another.
    lighter: owners.map((colour) => mixed(colour, paper, 0.42)),
    font: style.fontFamily || "sans-serif",
  };
  probe.remove();
  return colours;
}


"""Questions that are put to a page inside the browser."""

#: Text whose contrast with what is behind it is below WCAG 2.2 AA (1.4.3): [words, ratio].
POOR_CONTRAST = """() => {
  const channel = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].filter((node) => node.nodeType === 3);
    const words = own.map((node) => node.data.trim()).join(" ");
    if (!words.trim() || !element.checkVisibility() || element.closest("svg, .unseen, .pot, .skip")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const [dark, bright] = [light(numbers(style.color)), light(behind(element))].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push([words.slice(0, 40), Math.round(ratio * 100) / 100]);
  }
  return poor;
}"""

#: Controls and links below 24 x 24 CSS pixels (2.5.8); links within a sentence are exempt.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")].filter((one) => {
  if (!one.checkVisibility() || one.type === "hidden" || one.closest(".pot, .skip")) return false;
  const inline = getComputedStyle(one).display === "inline";
  const box = one.getBoundingClientRect();
  return !inline && (box.width < 23.9 || box.height < 23.9);
}).map((one) => one.outerHTML.slice(0, 90))"""

#: How many pixels the page is wider than the window.
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

#: The sum of layout shifts since the page began.
LAYOUT_SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 300);
})"""

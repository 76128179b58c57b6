// What the tests of pages measure in the page itself. Loaded into each page as window.measure.
(() => {
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const name = (element) => {
    const text = (element.textContent || element.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ");
    return `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} '${text.slice(0, 40)}'`;
  };

  // Colors as the browser computes them: rgb(), rgba().
  const channels = (color) => {
    const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
    return { rgb: [red, green, blue], alpha };
  };
  const over = (top, below) => top.rgb.map((value, i) => value * top.alpha + below[i] * (1 - top.alpha));
  // WCAG 2.2, relative luminance and contrast ratio.
  const luminance = (rgb) => {
    const linear = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  // All grounds that a text may lie on: one, or each color of a gradient; a picture counts as black and as white.
  const grounds = (element) => {
    const layers = [];
    let below = [[255, 255, 255]];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const gradient = style.backgroundImage.match(/rgba?\([^)]+\)/g);
      if (gradient && gradient.every((color) => channels(color).alpha === 1)) {
        below = gradient.map((color) => channels(color).rgb);
        break;
      }
      const color = channels(style.backgroundColor);
      if (color.alpha === 1) {
        below = [color.rgb];
        break;
      }
      if (color.alpha > 0) layers.push(color);
      const picture = style.position === "absolute" && at.parentElement.querySelector(":scope > img");
      if (picture) {
        below = [[0, 0, 0], [255, 255, 255]];
        break;
      }
    }
    return below.map((rgb) => layers.reduceRight((under, layer) => over(layer, under), rgb));
  };

  // Pieces of text that are shown, each with the element that it stands in.
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("script, style, noscript, dialog:not([open])") || !shown(parent)) continue;
      found.push([parent, node.data.trim()]);
    }
    return found;
  };

  const small = (least, leastInFigures) =>
    texts().flatMap(([element, text]) => {
      const svg = element.closest("svg");
      const scale = svg ? Math.hypot(element.getScreenCTM().a, element.getScreenCTM().b) : 1;
      const size = parseFloat(getComputedStyle(element).fontSize) * scale;
      return size + 0.01 < (svg ? leastInFigures : least) ? [`${size.toFixed(1)} px: ${name(element)} ${text.slice(0, 30)}`] : [];
    });

  const faint = () =>
    texts().flatMap(([element, text]) => {
      if (element.closest("svg")) return [];
      const style = getComputedStyle(element);
      if (channels(style.color).alpha === 0) return []; // there for readers of screens only
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = Math.min(...grounds(element).map((ground) => contrast(over(channels(style.color), ground), ground)));
      return ratio < (large ? 3 : 4.5) ? [`${ratio.toFixed(2)}: ${name(element)} ${text.slice(0, 30)}`] : [];
    });

  const structure = () => {
    const problems = [];
    if (!document.documentElement.lang) problems.push("no lang");
    if (!document.title.trim()) problems.push("no title");
    if (document.querySelectorAll("main").length !== 1) problems.push("not one <main>");
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((heading) => !heading.closest("dialog"));
    let above = 0;
    for (const heading of levels) {
      const level = Number(heading.tagName[1]);
      if (level > above + 1) problems.push(`heading below level ${above}: ${name(heading)}`);
      above = level;
    }
    if (levels.filter((heading) => heading.tagName === "H1").length !== 1) problems.push("not one <h1>");
    for (const image of document.images) {
      if (!image.alt.trim()) problems.push(`image without alt: ${image.src.slice(0, 60)}`);
    }
    for (const svg of document.querySelectorAll("svg:not([aria-hidden])")) {
      const title = svg.getAttribute("aria-label") || svg.querySelector("title")?.textContent;
      if (!title) problems.push(`figure without a name: ${name(svg.parentElement)}`);
    }
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
    if (twice.length) problems.push(`ids that are there twice: ${twice.slice(0, 5)}`);
    return problems;
  };

  // What runs out of the window: the page itself, and what does is not inside a region that can be scrolled.
  const wide = () => {
    const page = document.scrollingElement;
    if (page.scrollWidth <= innerWidth) return [];
    const culprits = [...document.body.querySelectorAll("*")].filter(
      (element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".scroll"),
    );
    return [`page of ${page.scrollWidth} px in ${innerWidth} px: ${culprits.slice(0, 3).map(name)}`];
  };

  // Boxes that can be scrolled sideways but not with the keyboard: they and all inside them take no focus.
  const unreachable = () =>
    [...document.body.querySelectorAll("*")]
      .filter((element) => {
        const style = getComputedStyle(element);
        const scrolls = /auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
        const focusable = element.tabIndex >= 0 || element.querySelector("a[href], button, input, [tabindex]");
        return scrolls && shown(element) && !focusable;
      })
      .map(name);

  // Elements that Tab must reach, in order: of radio buttons of one name only the chosen one.
  const stops = () =>
    [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((element) => {
      if (element.tabIndex < 0 || element.disabled || element.closest("dialog:not([open])")) return false;
      if (!element.checkVisibility({ visibilityProperty: true })) return false;
      return element.type !== "radio" || element.checked;
    });

  // From now on writes down what has the focus and whether that can be seen.
  let order = [];
  let seen = [];
  const watch = () => {
    order = stops();
    seen = [];
    document.addEventListener("focusin", (event) => {
      const element = event.target;
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
      const label = element.labels?.[0];
      const marked = label && getComputedStyle(label).boxShadow !== "none";
      const box = element.getBoundingClientRect();
      const inside = (box.width > 0 && box.right > 0 && box.left < innerWidth) || marked;
      seen.push({ element, clear: Boolean((outlined && inside) || marked) });
    });
    return order.length;
  };
  const walked = () => {
    const problems = [];
    order.forEach((element, i) => {
      if (!seen[i]) problems.push(`never reached: ${name(element)}`);
      else if (seen[i].element !== element) problems.push(`stop ${i + 1} is ${name(seen[i].element)}, expected ${name(element)}`);
      else if (!seen[i].clear) problems.push(`focus cannot be seen: ${name(element)}`);
    });
    return problems;
  };

  window.measure = { small, faint, structure, wide, unreachable, watch, walked };
})();

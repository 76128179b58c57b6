// Shows where a number comes from. Without script the link opens the table's file.
(() => {
  const data = JSON.parse(document.getElementById("trace-data").textContent);
  const words = data.words;
  const dialog = document.getElementById("trace");
  const body = document.getElementById("trace-body");
  const make = (tag, text, children = []) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  };
  const link = (path, text) => {
    const anchor = make("a", text || path);
    anchor.href = path;
    return anchor;
  };
  const list = (pairs) => {
    const terms = make("dl");
    for (const [name, value] of pairs) {
      const definition = make("dd");
      definition.append(value);
      terms.append(make("dt", name), definition);
    }
    return terms;
  };
  const job = (path, record) => {
    const part = make("section", "", [make("h3", path), make("p", "", [link(path, words.digits)])]);
    if (!record) {
      part.append(make("p", words.unrecorded));
      return part;
    }
    const wildcards = Object.entries(record.wildcards).map(([name, value]) => `${name}: ${value}`).join(", ");
    const inputs = make("ul");
    for (const [name, digest] of record.inputs) {
      inputs.append(make("li", name, [make("span", digest ? ` SHA-256 ${digest}` : ` (${words.untabled})`)]));
    }
    part.append(
      list([
        [words.rule, wildcards ? `${record.rule} (${wildcards})` : record.rule],
        [words.code, record.code || words.none],
        [words.record, link(record.record)],
      ]),
      make("details", "", [make("summary", `${words.inputs} (${record.inputs.length})`), inputs]),
      make("details", "", [make("summary", words.settings), make("pre", record.settings)]),
    );
    return part;
  };
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("a.cell");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const table = cell.closest("table");
    const held = cell.closest("[data-table]");
    const known = data.tables[held ? held.dataset.table : table.id];
    const row = held === cell ? null : cell.closest("tr");
    const heading = row ? table.tHead.rows[0].cells[cell.closest("td, th").cellIndex].textContent : "";
    const first = row ? (row.cells[0].firstChild || row.cells[0]).textContent.trim() : "";
    const name = [held ? held.dataset.name : "", first].filter(Boolean).join("; ");
    body.replaceChildren(
      make("p", cell.textContent.trim(), []),
      list([
        [words.table, known.caption],
        [words.cell, heading ? `${name}; ${heading}` : name],
        [words.file, link(cell.getAttribute("href"))],
        [words.software, link(`${data.root || ""}provenance/software.tsv`)],
        [words.study, link(`${data.root || ""}provenance/config_used.yaml`)],
      ]),
      ...known.sources.map((path) => job(path, data.files[path])),
    );
    dialog.showModal();
  });
  document.getElementById("trace-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
})();

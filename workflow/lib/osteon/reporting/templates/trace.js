// Shows where a number comes from. Without script the link opens the table's file.
(() => {
  const data = JSON.parse(document.getElementById("trace-data").textContent);
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
    const part = make("section", "", [make("h3", path), make("p", "", [link(path, "All digits")])]);
    if (!record) {
      part.append(make("p", "It was made by a run that kept no records."));
      return part;
    }
    const wildcards = Object.entries(record.wildcards).map(([name, value]) => `${name}: ${value}`).join(", ");
    const inputs = make("ul");
    for (const [name, digest] of record.inputs) {
      inputs.append(make("li", name, [make("span", digest ? ` SHA-256 ${digest}` : " (no table)")]));
    }
    part.append(
      list([
        ["Rule", wildcards ? `${record.rule} (${wildcards})` : record.rule],
        ["Code", record.code || "none"],
        ["Record", link(record.record)],
      ]),
      make("details", "", [make("summary", `Inputs (${record.inputs.length})`), inputs]),
      make("details", "", [make("summary", "Settings"), make("pre", record.settings)]),
    );
    return part;
  };
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("a.cell");
    if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const table = cell.closest("table") || document.getElementById(cell.dataset.table);
    const known = data.tables[table.id];
    const row = cell.closest("tr");
    const heading = row ? table.tHead.rows[0].cells[cell.closest("td, th").cellIndex].textContent : "";
    const name = row ? (row.cells[0].firstChild || row.cells[0]).textContent.trim() : cell.dataset.name;
    body.replaceChildren(
      make("p", cell.textContent.trim(), []),
      list([
        ["Table", known.caption],
        ["Cell", heading ? `${name}; ${heading}` : name],
        ["File", link(cell.getAttribute("href"))],
        ["Software", link("provenance/software.tsv")],
        ["Settings of the study", link("provenance/config_used.yaml")],
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

// Parses KQL with Microsoft's own language service, which knows every function and its types.
//
// stdin:  {"schema": {table: {column: type} | other table}, "queries": [{"name", "text"}]}
// stdout: [{"name", "columns": ["id", …],
//           "operators": [{"kind": "FilterOperator", "inside": "JoinOperator" | null, "text"}],
//           "problems": [{"severity", "code", "message", "text"}]}]
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const SERVICE = path.dirname(require.resolve("@kusto/language-service-next/package.json"));
// Plain scripts, which leave their work in globalThis.
for (const file of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(SERVICE, file), "utf8"), { filename: file });
}
const { KustoCode, GlobalState, Symbols, Syntax } = globalThis.Kusto.Language;

const array = (list) => Array.from({ length: list.Count }, (_, index) => list.getItem(index));

function tables(schema) {
  return Object.entries(schema).map(([table, columns]) => {
    const own = typeof columns === "string" ? schema[columns] : columns;
    // Quoted, because a column may be called like a keyword of the language: `kind`.
    const list = Object.entries(own).map(([column, type]) => `['${column}']: ${type}`);
    return new Symbols.TableSymbol.$ctor7(table, `(${list.join(", ")})`, null);
  });
}

function globals(schema) {
  const database = new Symbols.DatabaseSymbol.$ctor3("resourcegraph", null, tables(schema), false);
  return GlobalState.Default.WithDatabase(database);
}

const KINDS = new Map(
  Object.entries(Syntax.SyntaxKind)
    .filter(([, number]) => typeof number === "number")
    .map(([name, number]) => [number, name]),
);

/** All operators and statements, in the order of the text; `inside` is the operator they belong to. */
function operators(code) {
  const found = [];
  const visit = (node, inside) => {
    let owner = inside;
    const kind = KINDS.get(node.Kind) ?? "";
    if (/(Operator|Statement)$/.test(kind) && kind !== "ExpressionStatement") {
      found.push({ kind, inside, text: node.toString().trim() });
      owner = kind;
    }
    for (let index = 0; index < node.ChildCount; index += 1) {
      const child = node.GetChild(index);
      if (child) visit(child, owner);
    }
  };
  visit(code.Syntax, null);
  return found;
}

function check({ name, text }, state) {
  const code = KustoCode.ParseAndAnalyze(text, state);
  const columns = code.ResultType?.Columns ? array(code.ResultType.Columns) : [];
  return {
    name,
    columns: columns.map((column) => column.Name),
    operators: operators(code),
    problems: array(code.GetDiagnostics()).map((problem) => ({
      severity: problem.Severity,
      code: problem.Code,
      message: problem.Message,
      text: text.slice(problem.Start, problem.Start + problem.Length),
    })),
  };
}

const { schema, queries } = JSON.parse(fs.readFileSync(0, "utf8"));
const state = globals(schema);
process.stdout.write(JSON.stringify(queries.map((query) => check(query, state))));

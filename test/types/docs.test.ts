// Every public declaration, and every member of one, says what it is.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

test('nothing public is without a comment', () => {
  const program = ts.createProgram([entry], { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: ['node'] });
  const checker = program.getTypeChecker();
  const own = (symbol: ts.Symbol) => symbol.declarations?.some((each) => !each.getSourceFile().isDeclarationFile) ?? false;
  const isPrivate = (symbol: ts.Symbol) => symbol.declarations?.some((each) =>
    (ts.getCombinedModifierFlags(each) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0) ?? false;
  const hasComment = (symbol: ts.Symbol) =>
    symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;

  const silent: string[] = [];
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!);
  for (const each of exported) {
    const symbol = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
    if (!hasComment(symbol)) silent.push(symbol.name);
    for (const member of symbol.members?.values() ?? []) {
      // "__" begins constructors and names that are symbols.
      if (/^(__|#)/.test(member.name) || member.flags & ts.SymbolFlags.TypeParameter || isPrivate(member)) continue;
      if (own(member) && !hasComment(member)) silent.push(`${symbol.name}.${member.name}`);
    }
  }
  expect(exported.length).toBeGreaterThan(40);
  expect(silent).toEqual([]);
});

// The addon has what src/native.ts, native-publish.ts and native-stats.ts declare, and nothing else.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../src/errors.js';
import { native } from '../../src/native.js';

const statements = ['native.ts', 'native-publish.ts', 'native-stats.ts'].flatMap((name) => {
  const file = fileURLToPath(new URL(`../../src/${name}`, import.meta.url));
  return [...ts.createSourceFile(file, ts.sys.readFile(file) ?? '', ts.ScriptTarget.Latest, true).statements];
});

function members(name: string): readonly ts.TypeElement[] {
  const found = statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (!found) throw new Error(`none declares ${name}`);
  return (found as ts.InterfaceDeclaration).members;
}

const nameOf = (member: ts.TypeElement): string => member.name?.getText() ?? '';

/** The interface that a declared constructor gives: `new (…) => NativeCapture<…>`. */
function instanceOf(member: ts.TypeElement): string | undefined {
  const type = ts.isPropertySignature(member) ? member.type : undefined;
  if (!type || !ts.isConstructorTypeNode(type) || !ts.isTypeReferenceNode(type.type)) return undefined;
  return type.type.typeName.getText();
}

const exported = native as unknown as Record<string, unknown>;
const declared = members('Native');

test('the exports are those declared', () => {
  expect(Object.keys(exported).sort()).toEqual(declared.map(nameOf).sort());
});

describe.for(declared.flatMap((member) => (instanceOf(member) ? [[nameOf(member), instanceOf(member)] as const] : [])))(
  '%s',
  ([name, instance]) => {
    const constructor = exported[name] as { prototype: object };
    test.for(members(instance ?? '').map(nameOf))('has %s()', (method) => {
      expect(typeof Reflect.get(constructor.prototype, method)).toBe('function');
    });
    test('has no other method', () => {
      const methods = Object.getOwnPropertyNames(constructor.prototype).filter((each) => each !== 'constructor');
      expect(methods.sort()).toEqual(members(instance ?? '').map(nameOf).sort());
    });
  },
);

test('both sides have the same error codes, in the same order', () => {
  expect(native.errorCodes).toEqual(errorCodes);
});

test('the libraries say what they are', () => {
  expect(native.versions.x264).toMatch(/\d/);
  expect(native.versions.faac).toMatch(/\d/);
});

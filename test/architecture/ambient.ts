/** Reads of the outside world: time, chance, process, network, locale. Only `runtime` may. */
import { lineAt, type Place, parseScript, placesOf, type SyntaxNode, wordOf } from './syntax.ts';

/** Globals that differ between two runs or two machines, or reach out of the process. */
const refusedGlobals: ReadonlySet<string> = new Set([
  ...['process', 'global', 'globalThis', 'navigator', 'require', 'module'],
  ...['performance', 'Temporal', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate', 'requestAnimationFrame'],
  ...['crypto', 'fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'BroadcastChannel'],
  ...['Worker', 'MessageChannel', 'Atomics', 'console', 'Buffer', '__dirname', '__filename'],
  ...['Intl', 'WeakRef', 'FinalizationRegistry', 'eval', 'Function', 'localStorage'],
]);

/** Engines may round these differently: `machines/policies/elementary.ts` has what is needed. */
const inexact = [
  ...['exp', 'expm1', 'log', 'log10', 'log1p', 'log2', 'pow', 'cbrt', 'hypot'],
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2'],
  ...['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
];

/** Members that depend on time, chance or locale although their owner does not. */
const refusedMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  Date: new Set(['now']),
  Math: new Set(['random', ...inexact]),
  AbortSignal: new Set(['timeout']),
};

const refusedMethods = /^(?:toLocale\w*String|localeCompare|getTimezoneOffset)$/;

/** Each read as `line: text of the line`. Types run nothing and may name anything. */
export function ambientReads(source: string): readonly string[] {
  const isType = ({ type }: SyntaxNode) =>
    type.startsWith('TSType') || type.startsWith('TSInterface');
  const lines = new Set<number>();
  for (const place of placesOf(parseScript(source), (node) => !isType(node))) {
    if (isAmbient(place)) lines.add(lineAt(source, place.node.start));
  }
  const texts = source.split('\n');
  return [...lines].map((line) => `${line}: ${texts[line - 1]?.trim()}`);
}

function isAmbient(place: Place): boolean {
  const { node, around, slot } = place;
  if (node.type === 'MetaProperty') return wordOf(node.meta) === 'import';
  if (node.type === 'BinaryExpression' && node.operator === '**') return !isConstantPower(node);
  if (node.type === 'MemberExpression') return refusedMethods.test(wordOf(node.property) ?? '');
  if (node.type !== 'Identifier' || isOnlyName(around[0], slot)) return false;
  const name = String(node.name);
  if (refusedGlobals.has(name)) return true;
  const isOwner = around[0]?.type === 'MemberExpression' && slot === 'object';
  const members = refusedMembers[name];
  if (members && isOwner) return !isOtherMember(around[0], members);
  return (name === 'Date' && isCurrentDate(around[0], slot)) || (name === 'Math' && !isOwner);
}

/** `2 ** 32` is the same everywhere; a power of what is only known later may not be. */
const isConstantPower = ({ left, right }: SyntaxNode): boolean =>
  Object(left).value === 2 && isWholeNumber(right);

const isWholeNumber = (value: unknown): boolean => {
  const { type, argument } = Object(value) as SyntaxNode;
  const literal = type === 'UnaryExpression' ? argument : value;
  return Number.isInteger(Object(literal).value);
};

/** `a.process` and `{ process: 1 }` name a property, not the global. */
const isOnlyName = (parent: SyntaxNode | undefined, slot: string): boolean =>
  (slot === 'property' && parent?.computed !== true) ||
  (slot === 'key' && parent?.computed !== true && parent?.shorthand !== true) ||
  slot === 'imported' ||
  slot === 'exported' ||
  slot === 'label';

/** `Math.max` is fine; `Math[name]` may be anything. */
const isOtherMember = (parent: SyntaxNode | undefined, refused: ReadonlySet<string>): boolean => {
  const member = wordOf(parent?.property);
  const isKnown = parent?.computed !== true || Object(parent.property).type === 'Literal';
  return isKnown && member !== undefined && !refused.has(member);
};

/** `new Date(at)` and `x instanceof Date` are calculations; every other use may read the clock. */
function isCurrentDate(parent: SyntaxNode | undefined, slot: string): boolean {
  if (parent?.type === 'NewExpression' && slot === 'callee') {
    return (parent.arguments as readonly unknown[]).length === 0;
  }
  return !(parent?.type === 'BinaryExpression' && parent.operator === 'instanceof');
}

/** The supervision tree as people read it. */
import type { TreeView } from '../view.ts';
import { columns } from './output.ts';

export function treeText(tree: readonly TreeView[]): string {
  const rows: string[][] = [['actor', 'machine', 'state', 'restarts', 'uptime', 'last error']];
  const add = (nodes: readonly TreeView[], indent: string) => {
    for (const [index, node] of nodes.entries()) {
      const isLast = index === nodes.length - 1;
      const branch = indent === '' && nodes === tree ? '' : isLast ? '└─ ' : '├─ ';
      const name = branch === '' ? node.path : node.path.slice(node.path.lastIndexOf('/') + 1);
      rows.push([
        indent + branch + name,
        node.machine,
        stateText(node),
        String(node.restarts),
        durationText(node.uptimeMs),
        node.lastError ?? '',
      ]);
      add(node.children, branch === '' ? ' ' : indent + (isLast ? '   ' : '│  '));
    }
  };
  add(tree, '');
  return columns(rows);
}

function stateText({ status, value }: TreeView): string {
  if (status !== 'active' || value === undefined) return status;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const days = Math.floor(seconds / 86_400);
  const clock = new Date((seconds % 86_400) * 1_000).toISOString().slice(11, 19);
  return days > 0 ? `${days} d ${clock}` : clock;
}

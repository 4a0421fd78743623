/** How large an order may be while the system is in trouble. */
import type { SafetySettings } from '../../config/safety.ts';
import type { SafetyLevel } from './safety-level.ts';

/**
 * The quantity that an order keeps: all of it when it reduces a position, a share of it when it
 * opens one. Never more than `quantity`, and 0 for what is no quantity.
 */
export function limitedQuantity(
  order: { readonly quantity: number; readonly reduces: boolean },
  safety: { readonly level: SafetyLevel; readonly isHalted: boolean },
  orderRatio: SafetySettings['orderRatio'],
): number {
  const { quantity, reduces } = order;
  if (!(quantity > 0) || quantity === Number.POSITIVE_INFINITY) return 0;
  if (reduces) return quantity;
  if (safety.isHalted || safety.level === 'emergency') return 0;
  return safety.level === 'healthy' ? quantity : quantity * orderRatio[safety.level];
}

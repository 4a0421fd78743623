/** What the paper broker knows: orders, and the position that follows from them. */
import type { BrokerAccount, OrderReport, OrderRequest } from '../../actors/ports.ts';
import type { FeeSettings } from '../../config/paper.ts';
import { cleanQuantity, signedQuantity } from '../../machines/paper/quantity.ts';
import type { Ledger } from './broker-ledger.ts';

export interface BrokerBookOptions {
  readonly ledger: Ledger;
  /** Asked at each order, so that a change of the settings holds at once. */
  readonly fees: (quantity: number) => FeeSettings;
  /** Price of the market now; undefined where it is not known: the order's own price counts. */
  readonly marketPrice: (symbol: string) => number | undefined;
}

export class BrokerBook {
  private readonly orders = new Map<string, OrderReport>();
  private readonly options: BrokerBookOptions;
  private positionQuantity = 0;

  constructor(options: BrokerBookOptions) {
    this.options = options;
    for (const report of options.ledger.reports) {
      this.orders.set(report.clientOrderId, report);
      this.move(report.side, report.filledQuantity);
    }
  }

  /** Executes the order, `filledRatio` of it. An id that was seen before is not executed again. */
  submit(order: OrderRequest, filledRatio: number): OrderReport {
    const known = this.orders.get(order.clientOrderId);
    if (known) return known;
    const { feeBasisPoints, slippageBasisPoints } = this.options.fees(order.quantity);
    const market = this.options.marketPrice(order.symbol) ?? order.referencePrice;
    const slippage = (order.side === 'buy' ? 1 : -1) * (slippageBasisPoints / 10_000);
    const averagePrice = market * (1 + slippage);
    const part = cleanQuantity(order.quantity * filledRatio);
    // A part too small to be told from nothing is no fill.
    const filledQuantity = part > 0 ? Math.min(part, order.quantity) : order.quantity;
    this.move(order.side, filledQuantity);
    return this.keep({
      clientOrderId: order.clientOrderId,
      status: filledQuantity < order.quantity ? 'partiallyFilled' : 'filled',
      side: order.side,
      filledQuantity,
      averagePrice,
      fee: (filledQuantity * averagePrice * feeBasisPoints) / 10_000,
    });
  }

  report(clientOrderId: string): OrderReport {
    const known = this.orders.get(clientOrderId);
    if (known) return known;
    const nothing = { side: 'buy', filledQuantity: 0, averagePrice: 0, fee: 0 } as const;
    return { clientOrderId, status: 'unknown', ...nothing };
  }

  /** The final report. What has been filled stays filled. */
  cancel(clientOrderId: string): OrderReport {
    const report = this.report(clientOrderId);
    if (report.status !== 'partiallyFilled') return report;
    return this.keep({ ...report, status: 'cancelled' });
  }

  account(): BrokerAccount {
    const workingOrders = [...this.orders.values()].filter(
      ({ status }) => status === 'partiallyFilled',
    );
    return { positionQuantity: this.positionQuantity, workingOrders };
  }

  private keep(report: OrderReport): OrderReport {
    this.options.ledger.record(report);
    this.orders.set(report.clientOrderId, report);
    return report;
  }

  private move(side: OrderReport['side'], quantity: number): void {
    this.positionQuantity = cleanQuantity(this.positionQuantity + signedQuantity(side, quantity));
  }
}

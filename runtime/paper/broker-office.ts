/** What all ways to the paper broker lead to: its orders, its position, and the newest epoch. */
import { EpochFence } from '../../actors/epoch-fence.ts';
import type { FeeSettings } from '../../config/paper.ts';
import { BrokerBook } from './broker-book.ts';
import { noLedger, openLedger } from './broker-ledger.ts';

export interface BrokerOfficeOptions {
  readonly fees: (quantity: number) => FeeSettings;
  /** Price of the market now. Without it, orders are filled at their reference price. */
  readonly marketPrice?: (symbol: string) => number | undefined;
  /** Where executed orders are kept across restarts; without it they are forgotten. */
  readonly ledgerPath?: string;
}

export interface BrokerOffice {
  readonly book: BrokerBook;
  /** The newest epoch that a client has shown; 0 before the first. */
  readonly epoch: number;
  /** Whether the epoch is the newest; a newer one is on record before anything is done under it. */
  admits(epoch: number): boolean;
  close(): void;
}

/** @throws {SyntaxError} when the ledger is damaged. */
export function openOffice(options: BrokerOfficeOptions): BrokerOffice {
  const { ledgerPath, fees, marketPrice = () => undefined } = options;
  const ledger = ledgerPath === undefined ? noLedger : openLedger(ledgerPath);
  const fence = new EpochFence(ledger.epoch);
  return {
    book: new BrokerBook({ ledger, fees, marketPrice }),
    get epoch() {
      return fence.epoch;
    },
    admits(epoch) {
      const before = fence.epoch;
      if (!fence.admits(epoch)) return false;
      if (epoch > before) ledger.recordEpoch(epoch);
      return true;
    },
    close: () => ledger.close(),
  };
}

import { memoryLeases } from '../../../runtime/lease/memory-leases.ts';
import { leaseStoreConformance } from './lease-store.conformance.ts';

leaseStoreConformance('memoryLeases', () => {
  let now = 0;
  const store = memoryLeases(() => now);
  return {
    open: () => store,
    pass: (ms) => {
      now += ms;
    },
  };
});

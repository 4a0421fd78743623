/** First numbers of products that tell a GPU process what to do. */
export const gpuOrders = { die: 2_001, hang: 2_002, lie: 2_003 } as const;

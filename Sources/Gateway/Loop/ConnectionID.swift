/// Names one socket of one loop, for as long as that socket lives.
///
/// The slot is reused by later connections, the pair is not: a stale identifier simply finds nothing. A handler may
/// index its own arrays by `slot` (0 ≤ slot < `LoopConfiguration.connectionsMax`), and must compare the generation
/// before it trusts what it kept there.
package struct ConnectionID: Hashable, Sendable {
    /// Index into the loop's slab.
    package let slot: UInt32
    /// Counts how often the slot was given out. It wraps after 2³² uses of the same slot.
    package let generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

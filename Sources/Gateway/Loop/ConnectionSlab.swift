internal import Glibc

/// The connections of one loop, as structs side by side in memory that is allocated once and never moves.
///
/// Why raw memory: a delivery reads one `SocketState` and must touch no reference count, and callbacks come back into
/// the loop while a caller further up holds a state's address. An array would copy, retain or trap on overlapping
/// access.
///
/// Why it is safe: (1) the memory lives as long as the slab and never moves, so that an address stays good; (2) slots
/// from `used` on are untouched, slots below are initialised, `deinit` deinitialises exactly those; (3) only the loop's
/// thread comes here; (4) a slot becomes free only at the end of a turn, when no callback is on the stack, so that a
/// state cannot become another connection's under a caller; (5) no access to a field spans a callback: each is over
/// when a function that can come back is called.
struct ConnectionSlab: ~Copyable {
    private let states: UnsafeMutablePointer<SocketState>
    let capacity: Int
    /// Slots that have ever been given out. Memory beyond them has never been touched, and is not resident.
    private(set) var used = 0
    /// Slots given out now.
    private(set) var count = 0
    private var firstFree: Int32 = -1

    init(capacity: Int) {
        precondition(capacity > 0 && capacity < Int(Int32.max) - 1)
        self.capacity = capacity
        states = .allocate(capacity: capacity)
    }

    deinit {
        states.deinitialize(count: used)
        states.deallocate()
    }

    /// Gives out a slot whose state is fresh, or nil when all are taken.
    mutating func take() -> ConnectionID? {
        let slot: Int
        if firstFree >= 0 {
            slot = Int(firstFree)
            firstFree = states[slot].nextFree
            states[slot] = SocketState(generation: states[slot].generation &+ 1)
        } else if used < capacity {
            slot = used
            used += 1
            (states + slot).initialize(to: SocketState(generation: 0))
        } else {
            return nil
        }
        count += 1
        return ConnectionID(slot: UInt32(slot), generation: states[slot].generation)
    }

    /// Takes a slot back. The caller has released what the state owned.
    mutating func giveBack(_ slot: Int) {
        precondition(slot >= 0 && slot < used && states[slot].phase != .free)
        let generation = states[slot].generation
        states[slot] = SocketState(generation: generation)
        states[slot].nextFree = firstFree
        firstFree = Int32(slot)
        count -= 1
    }

    /// The state of a slot that has been given out before.
    subscript(slot: Int) -> UnsafeMutablePointer<SocketState> {
        assert(slot >= 0 && slot < used)
        return states + slot
    }

    /// The state that the identifier names, nil when its connection has gone.
    func find(_ id: ConnectionID) -> UnsafeMutablePointer<SocketState>? {
        let slot = Int(id.slot)
        guard slot < used else { return nil }
        let state = states + slot
        guard state.pointee.generation == id.generation, state.pointee.phase != .free else { return nil }
        return state
    }

    /// The slot of a state of this slab.
    func index(of state: UnsafeMutablePointer<SocketState>) -> Int { state - states }

    func identifier(of slot: Int) -> ConnectionID {
        ConnectionID(slot: UInt32(slot), generation: self[slot].pointee.generation)
    }
}

/// One connection of the generator: no reference in it, so that a slab of them is one block of memory.
struct Connection {
    enum Role: UInt8 {
        case subscriber, publisher
        /// Speaks HTTP: posts messages, one at a time.
        case poster
    }

    var descriptor: Int32 = -1
    var role: Role
    var login: ClientLogin
    var room: Int32
    /// Whose session it is: an index into the tokens.
    var identity: Int32
    var place = OrderBook.Place()
    /// Messages that a publisher may still send before the node's limit.
    var budget: Int32 = 0
    var isConnecting = true
    var hasCarry = false
    var wantsWrite = false
    /// Its end is expected.
    var isLeaving = false
    /// When it began to connect; for a poster the intended time of the message under way.
    var since: UInt64
    /// The room of a poster's message under way.
    var postedRoom: Int32 = -1
    /// Number of the last dispatch, where it is asked for.
    var sequence: UInt32 = 0
}

/// A connection that is to be opened.
struct Opening {
    var role: Connection.Role
    var purpose: ClientLogin.Purpose
    var room: Int
    var identity: Int
    var ticket: ResumeTicket?
}

/// One room: a channel of the node, or a number of the plain server.
struct Room {
    var subscribers: UInt64 = 0
    /// Number of the last message sent.
    var issued: UInt32 = 0
    var expected: UInt64 = 0
    var delivered: UInt64 = 0
    var lastProgress: UInt64 = 0
    var isDirty = false
}

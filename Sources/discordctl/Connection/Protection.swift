/// What a protected context forbids.
enum Protection {
    /// Refuses to load a cluster that people use.
    /// - Parameter context: the protected context, if the node belongs to one.
    static func refuseLoad(_ context: String?) throws(CommandFailure) {
        guard let context else { return }
        throw CommandFailure(
            .refused, code: "protected",
            "context '\(context)' is protected: a bench fills its node with messages and takes its processors",
            hint: "measure a node that nobody uses; nothing was changed")
    }
}

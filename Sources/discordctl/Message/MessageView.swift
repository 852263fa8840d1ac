import Arguments
import Operations

/// Whose eyes a command reads messages with, in common to history and tail.
enum MessageView {
    static let viewer = Option("as", .userRef, "read as this user, with their permissions")
    static let showContent = Option.flag(
        "show-content", "as the operator, show what was said; needs --reason and is audited")

    static let declared = parts {
        viewer
        showContent
        Group(.conflicts, viewer, showContent)
        Group(.requires, showContent, CommonOptions.reason)
        Group(.requires, CommonOptions.reason, showContent)
    }

    static let discussion = """
        Without --as or --show-content the view is an operator's: ids, times and sizes, and no word of what was said.
        """

    static func query(_ context: CommandContext) -> [(String, String)] {
        if let user = context[viewer] { return [("as", user.path)] }
        guard context[showContent] else { return [] }
        return [("show_content", "true"), ("reason", context[CommonOptions.reason] ?? "")]
    }

    /// Columns without news in this view.
    static func hiddenColumns(_ context: CommandContext) -> Set<String> {
        context[viewer] != nil || context[showContent] ? ["BYTES"] : ["CONTENT"]
    }
}

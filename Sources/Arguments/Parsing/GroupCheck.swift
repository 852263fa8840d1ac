/// Whether one group's rule holds.
struct GroupCheck {
    let group: Group
    /// What stands on the line, and where.
    let typed: [ArgumentReference: Position]
    /// What has a value from the line, the environment or a layer.
    let given: Set<ArgumentReference>

    var problems: [Diagnostic] {
        switch group.rule {
        case .exactlyOne: missing + excess(group.members)
        case .atMostOne: excess(group.members)
        case .atLeastOne: missing
        case .requires: unmet
        case .conflicts:
            group.members.first.map { first in group.members.dropFirst().flatMap { excess([first, $0]) } } ?? []
        }
    }

    private var missing: [Diagnostic] {
        guard !group.members.contains(where: given.contains) else { return [] }
        let names = group.members.map(\.shown)
        let all =
            names.count > 1
            ? names.dropLast().joined(separator: ", ") + " or " + names[names.count - 1] : names.joined()
        return [Diagnostic(.requirement, "\(all) is required")]
    }

    private func excess(_ members: [ArgumentReference]) -> [Diagnostic] {
        let found = members.compactMap { member in typed[member].map { (member: member, position: $0) } }
            .sorted { ($0.position.word, $0.position.character) < ($1.position.word, $1.position.character) }
        guard found.count > 1 else { return [] }
        return [
            Diagnostic(
                .conflict, "\(found[0].member.shown) and \(found[1].member.shown) exclude each other",
                at: found[1].position, related: found[0].position, hint: "give one")
        ]
    }

    private var unmet: [Diagnostic] {
        guard let first = group.members.first, let position = typed[first] else { return [] }
        return group.members.dropFirst().filter { !given.contains($0) }.map { needed in
            Diagnostic(.requirement, "\(first.shown) needs \(needed.shown)", at: position)
        }
    }
}

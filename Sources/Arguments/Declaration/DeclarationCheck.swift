extension ToolDeclaration {
    /// Contradictions in the declaration, each as a sentence; a test asks that there are none.
    package var contradictions: [String] {
        var found = problems(of: common, at: "common options")
        let commonNames = Set(common.flatMap(\.allNames))
        let commonLetters = Set(common.compactMap(\.short))
        for (path, command) in allCommands {
            let place = line(path)
            found += problems(of: command.options, at: place)
            for option in command.options {
                for name in option.allNames where commonNames.contains(name) {
                    found.append("\(place): --\(name) is a common option")
                }
                if let letter = option.short, commonLetters.contains(letter) {
                    found.append("\(place): -\(letter) is a common option")
                }
            }
            found += problems(of: command, at: place)
        }
        return found
    }

    private func problems(of options: [OptionDeclaration], at place: String) -> [String] {
        var found: [String] = []
        var names: Set<String> = []
        var letters: Set<Character> = []
        for option in options {
            for name in option.allNames {
                if !names.insert(name).inserted { found.append("\(place): --\(name) is declared twice") }
                let isName = name.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                }
                if !isName || name.utf8.count < 2 || name.first?.isLowercase != true {
                    found.append("\(place): --\(name) is no valid name")
                }
            }
            if let letter = option.short {
                if !letters.insert(letter).inserted { found.append("\(place): -\(letter) is declared twice") }
                if !letter.isASCII || !letter.isLetter { found.append("\(place): -\(letter) is no letter") }
                if case .optionalValue = option.form {
                    found.append("\(place): -\(letter) may not have an optional value")
                }
            }
            if !option.negativeAliases.isEmpty, !option.isNegatable {
                found.append("\(place): --\(option.name) has negative aliases but no negation")
            }
            if option.summary.isEmpty { found.append("\(place): --\(option.name) has no summary") }
        }
        return found
    }

    private func problems(of command: CommandDeclaration, at place: String) -> [String] {
        var found: [String] = []
        var names: Set<String> = []
        for sub in command.subcommands {
            for name in [sub.name] + sub.aliases + sub.deprecatedNames.map(\.name) where !names.insert(name).inserted {
                found.append("\(place): '\(name)' names two commands")
            }
        }
        if command.summary.isEmpty { found.append("\(place): no summary") }
        if command.operands.filter({ $0.countMin != $0.countMax }).count > 1 {
            found.append("\(place): more than one operand of varying number, so words can be taken two ways")
        }
        let known = Set(
            (common + command.options).map { ArgumentReference.option($0.name) }
                + command.operands.map { ArgumentReference.operand($0.name) })
        for member in command.groups.flatMap(\.members) where !known.contains(member) {
            found.append("\(place): a group names \(member.shown), which the command has not")
        }
        for adjustment in command.adjustments where !common.contains(where: { $0.name == adjustment.option }) {
            found.append("\(place): adjusts '--\(adjustment.option)', which is no common option")
        }
        return found
    }
}

extension OptionDeclaration {
    /// Every long name that the option answers to, negations included.
    var allNames: [String] {
        [name] + aliases + deprecatedNames.map(\.name) + negativeAliases
            + (isNegatable ? ([name] + aliases).map { "no-" + $0 } : [])
    }
}

import Chat
import Interface
import Services

/// The parameters of a search, Discord's of the user and bot API alike. All of them are checked; those that ask for
/// what no message has here find nothing.
enum SearchForm {
    /// Characters of `content` (Discord's API).
    private static let contentCharactersMax = 1_024
    /// What a message can be asked to have, as far as hikari and Discord's documentation know.
    private static let features = Dictionary(
        uniqueKeysWithValues: SearchFeature.allCases.map { ($0.rawValue, $0) })
    private static let authorKinds = Dictionary(
        uniqueKeysWithValues: SearchAuthorKind.allCases.map { ($0.rawValue, $0) })
    private static let embedTypes: Set<String> = ["rich", "image", "video", "gif", "gifv", "sound", "article", "link"]
    /// What no message has: embeds have a provider where Discord makes them from a link, and here nobody does.
    private static let barren = "embed_provider"

    struct Parameters: Sendable {
        var query: SearchQuery
        /// False when something was asked for that no message has.
        var canMatch: Bool
    }

    static func read(_ parameters: QueryParameters) throws(APIError) -> Parameters {
        let errors = FormErrors()
        let content = parameters.string("content") ?? ""
        if content.unicodeScalars.count > contentCharactersMax {
            errors.add(
                FieldError(
                    path: ["content"], code: "BASE_TYPE_BAD_LENGTH",
                    message: "This may have at most \(contentCharactersMax) characters."))
        }
        var query = SearchQuery(
            channels: ids(parameters, "channel_id", errors), text: SearchText(content))
        query.authors = ids(parameters, "author_id", errors)
        query.mentionedUsers = ids(parameters, "mentions", errors)
        query.mentionedRoles = ids(parameters, "mentions_role_id", errors)
        query.repliedToUsers = ids(parameters, "replied_to_user_id", errors)
        query.repliedToMessages = ids(parameters, "replied_to_message_id", errors)
        let kinds = choices(parameters, "author_type", authorKinds, errors)
        (query.authorKinds, query.excludedAuthorKinds) = (kinds.wanted, kinds.unwanted)
        let features = choices(parameters, "has", features, errors)
        (query.features, query.excludedFeatures) = (features.wanted, features.unwanted)
        if parameters.string("has_attachment") != nil {
            if try parameters.flag("has_attachment") {
                query.features.append(.file)
            } else {
                query.excludedFeatures.append(.file)
            }
        }
        query.filenames = parameters.strings("attachment_filename")
        query.fileExtensions = parameters.strings("attachment_extension").map { String($0.drop { $0 == "." }) }
        query.linkHosts = parameters.strings("link_hostname")
        query.embedTypes = parameters.strings("embed_type")
        for type in query.embedTypes where !embedTypes.contains(type) { errors.add(notAChoice(["embed_type"])) }
        query.after = try parameters.messageID("min_id")
        query.before = try parameters.messageID("max_id")
        query.limit = try parameters.integer("limit", in: 1...SearchQuery.pageMax, default: SearchQuery.pageMax)
        query.offset = try parameters.integer("offset", in: 0...SearchQuery.offsetMax, default: 0)
        _ = try parameters.integer("slop", in: 0...100, default: 2)
        query.order = order(parameters, errors)
        if parameters.string("mention_everyone") != nil {
            query.mentionsEveryone = try parameters.flag("mention_everyone")
        }
        _ = try parameters.flag("include_nsfw")
        if parameters.string("pinned") != nil { query.isPinned = try parameters.flag("pinned") }
        if query.valueCount > SearchQuery.valuesMax {
            errors.add(
                FieldError(
                    path: ["content"], code: "BASE_TYPE_BAD_LENGTH",
                    message: "All filters together may have at most \(SearchQuery.valuesMax) values."))
        }
        try errors.check()
        let asksForWords = !content.allSatisfy(\.isWhitespace)
        let canMatch = parameters.string(barren) == nil && !(asksForWords && query.text.isEmpty)
        return Parameters(query: query, canMatch: canMatch)
    }

    private static func order(_ parameters: QueryParameters, _ errors: FormErrors) -> SearchQuery.Order {
        let direction = parameters.string("sort_order") ?? "desc"
        if !["asc", "desc"].contains(direction) { errors.add(notAChoice(["sort_order"])) }
        switch parameters.string("sort_by") ?? "timestamp" {
        case "timestamp": return direction == "asc" ? .oldest : .newest
        case "relevance": return .relevance
        default:
            errors.add(notAChoice(["sort_by"]))
            return .newest
        }
    }

    private static func ids<Kind>(
        _ parameters: QueryParameters, _ name: String, _ errors: FormErrors
    ) -> [ID<Kind>] {
        parameters.strings(name).enumerated().compactMap { index, text in
            guard let id = ID<Kind>(decimal: text) else {
                errors.add(
                    FieldError(
                        path: [name, String(index)], code: "NUMBER_TYPE_COERCE", message: "This has to be an id."))
                return nil
            }
            return id
        }
    }

    /// Words of a closed set; a leading `-` asks for the opposite.
    private static func choices<Choice>(
        _ parameters: QueryParameters, _ name: String, _ table: [String: Choice], _ errors: FormErrors
    ) -> (wanted: [Choice], unwanted: [Choice]) {
        var (wanted, unwanted): ([Choice], [Choice]) = ([], [])
        for (index, text) in parameters.strings(name).enumerated() {
            let isNegated = text.hasPrefix("-")
            guard let choice = table[isNegated ? String(text.dropFirst()) : text] else {
                errors.add(notAChoice([name, String(index)]))
                continue
            }
            if isNegated { unwanted.append(choice) } else { wanted.append(choice) }
        }
        return (wanted, unwanted)
    }

    private static func notAChoice(_ path: [String]) -> FieldError {
        FieldError(path: path, code: "BASE_TYPE_CHOICES", message: "This is none of the known values.")
    }
}

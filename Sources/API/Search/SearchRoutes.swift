import Chat
import HTTPTypes
import Hummingbird
import Interface
import Services
import Wire

/// Searching a guild, or one channel, which for direct messages is the only way.
enum SearchRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/messages/search", .get(searchGuild))
        routes.add("/channels/{channel}/messages/search", .get(searchChannel))
    }

    private static func searchGuild(_ call: APICall) async throws -> Response {
        let parameters = try SearchForm.read(call.query)
        let outcome = try await call.services.search.search(
            guild: try call.guild, parameters.effective, for: try call.caller.id)
        return response(outcome, parameters, call.services.files)
    }

    private static func searchChannel(_ call: APICall) async throws -> Response {
        let parameters = try SearchForm.read(call.query)
        let outcome = try await call.services.search.search(
            channel: try call.channel, parameters.effective, for: try call.caller.id)
        return response(outcome, parameters, call.services.files)
    }

    private static func response(
        _ outcome: SearchOutcome, _ parameters: SearchForm.Parameters, _ files: AttachmentLinks
    ) -> Response {
        switch outcome {
        case .found(let answer): return found(parameters.canMatch ? answer : answer.emptied, files)
        case .notReady(let documents, let milliseconds):
            return .json(status: .accepted) { json in
                json.object {
                    $0.field("message", "Index not yet available. Try again later.")
                    $0.field("code", 110_000)
                    $0.field("documents_indexed", documents)
                    $0.field("retry_after", Double(milliseconds) / 1_000)
                }
            }
        case .unavailable(let indexedThrough, let milliseconds):
            var response = Response.json(status: .serviceUnavailable) { json in
                json.object {
                    $0.field("message", "Search is not available; try again after the time in retry_after.")
                    $0.field("code", 0)
                    $0.field("retry_after", Double(milliseconds) / 1_000)
                    $0.field("indexed_through", unixMilliseconds: indexedThrough.map { Int64(clamping: $0) })
                }
            }
            response.headers[.retryAfter] = String(max(1, milliseconds / 1_000))
            return response
        }
    }

    /// Discord's shape: each message in a list of its own. Beyond it, what was found in each message, as parts of its
    /// text, and how far the index is.
    private static func found(_ answer: SearchAnswer, _ files: AttachmentLinks) -> Response {
        .json(reservingBytes: 1_024 * (answer.finds.count + 1)) { json in
            json.object { json in
                json.field("total_results", answer.total)
                json.field("doing_deep_historical_index", answer.isBuilding)
                json.array("messages") { array in
                    for find in answer.finds {
                        array.array { $0.message(find.message, .rest, files: files) }
                    }
                }
                json.array("highlights") { array in
                    for find in answer.finds { array.highlight(of: find) }
                }
                json.field("indexed_through", unixMilliseconds: Int64(clamping: answer.indexedThrough))
            }
        }
    }
}

extension SearchForm.Parameters {
    /// What to ask: for nothing to be found the permissions are asked all the same, so that it looks alike.
    fileprivate var effective: SearchQuery {
        var query = query
        if !canMatch { query.limit = 1 }
        return query
    }
}

extension SearchAnswer {
    fileprivate var emptied: SearchAnswer {
        var answer = self
        (answer.finds, answer.total) = ([], 0)
        return answer
    }
}

extension JSONWriter {
    /// `{"message_id", "snippet": [{"text", "match"}]}`
    fileprivate mutating func highlight(of find: SearchFind) {
        object { json in
            json.field("message_id", snowflake: find.message.message.id.rawValue)
            json.array("snippet") { parts in
                for part in find.snippet.parts {
                    parts.object {
                        $0.field("text", part.text)
                        $0.field("match", part.isMatch)
                    }
                }
            }
        }
    }
}

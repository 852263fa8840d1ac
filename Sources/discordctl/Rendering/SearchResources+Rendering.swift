import Arguments
import Operations

extension SearchHitResource: Resource {
    static let kind = "SearchHit"
    static let columns = [
        ResourceColumn("MESSAGE", key: "id", .snowflake, "the message's id"),
        ResourceColumn("CHANNEL-ID", key: "channelID", .snowflake, wide: true, "the channel's id"),
        ResourceColumn("CHANNEL", key: "channel", .text, "the channel's name"),
        ResourceColumn("AUTHOR-ID", key: "authorID", .snowflake, wide: true, "the author's id"),
        ResourceColumn("AUTHOR", key: "author", .text, "the author's name"),
        ResourceColumn("AT", key: "at", .instant, "when it was sent"),
        ResourceColumn("SCORE", key: "score", .count, "how well it matches; see --sort"),
        ResourceColumn("SNIPPET", key: "snippet", .text, "what was found; see --as and --show-content"),
    ]
    var handle: String { id }
    var fields: [DocumentField] {
        [
            DocumentField("id", id), DocumentField("channelID", channelID), DocumentField("channel", channel),
            DocumentField("authorID", authorID), DocumentField("author", author), DocumentField("at", at),
            DocumentField("score", DocumentValue(score)),
            DocumentField("snippet", snippet.map { .marked($0.map { TextPart($0.text, isMatch: $0.match) }) } ?? .null),
        ]
    }
}

extension IndexResource: Resource {
    static let kind = "Index"
    static let columns = [
        ResourceColumn("INDEX", key: "name", .text, "what is indexed"),
        ResourceColumn("DOCS", key: "documents", .count, "messages that can be found"),
        ResourceColumn("LAG", key: "lag", .count, "events that are stored and not indexed yet"),
        ResourceColumn("SIZE", key: "bytes", .bytes, "bytes on the disk"),
        ResourceColumn("STATE", key: "state", .choice(["ready", "building", "rebuilding"]), "whether it is whole"),
        ResourceColumn(
            "THROUGH", key: "indexedThrough", .instant, wide: true, "up to when everything can be found"),
        ResourceColumn("JOB", key: "job", .text, wide: true, "the work on it, or the last one"),
    ]
    var handle: String { name }
    var fields: [DocumentField] {
        [
            DocumentField("name", name), DocumentField("documents", DocumentValue(documents)),
            DocumentField("lag", DocumentValue(lag)), DocumentField("bytes", DocumentValue(bytes)),
            DocumentField("state", state), DocumentField("indexedThrough", indexedThrough),
            DocumentField("job", job.map { .map($0.fields) } ?? .null),
        ]
    }
}

extension IndexJobResource: Resource {
    static let kind = "IndexJob"
    static let columns = [
        ResourceColumn("JOB", key: "job", .choice(["rebuild", "verify", "repair"]), "what was done"),
        ResourceColumn("STATE", key: "state", .choice(["running", "done"]), "whether it is over"),
        ResourceColumn("SCANNED", key: "scanned", .count, "messages that were looked at"),
        ResourceColumn("MISSING", key: "missing", .count, "messages that could be read and not be found"),
        ResourceColumn("OUTDATED", key: "outdated", .count, "messages found by what they said before"),
        ResourceColumn("SURPLUS", key: "surplus", .count, "messages found that could not be read any more"),
        ResourceColumn("REPAIRED", key: "repaired", .count, "how many of these were put right"),
        ResourceColumn("STARTED", key: "startedAt", .instant, wide: true, "when it began"),
        ResourceColumn("ENDED", key: "endedAt", .instant, wide: true, "when it was over"),
    ]
    var handle: String { job }
    var fields: [DocumentField] {
        [
            DocumentField("job", job), DocumentField("state", state), DocumentField("startedAt", startedAt),
            DocumentField("endedAt", endedAt), DocumentField("scanned", DocumentValue(scanned)),
            DocumentField("missing", DocumentValue(missing)), DocumentField("outdated", DocumentValue(outdated)),
            DocumentField("surplus", DocumentValue(surplus)), DocumentField("repaired", DocumentValue(repaired)),
        ]
    }
}

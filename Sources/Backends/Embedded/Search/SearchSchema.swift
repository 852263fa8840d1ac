import Interface

/// The tables of one index. There are two sets of them: what is in use, and what is built beside it.
enum SearchTables: String, Sendable {
    case a, b

    /// What can be found and what was removed, by message id.
    var document: String { "document_" + rawValue }
    /// The words and labels of what can be found, by the same id.
    var posting: String { "posting_" + rawValue }

    var other: SearchTables { self == .a ? .b : .a }

    /// The set as it is when it is new. Words are runs of letters and digits, without regard to case and accents.
    var creation: String {
        """
        CREATE TABLE \(document) (
            id INTEGER PRIMARY KEY,
            channel INTEGER NOT NULL,
            version INTEGER NOT NULL,
            is_removed INTEGER NOT NULL
        );
        CREATE INDEX \(document)_by_channel ON \(document) (channel, id);
        CREATE VIRTUAL TABLE \(posting) USING fts5 (
            content, labels, tokenize = "unicode61 remove_diacritics 2"
        );
        """
    }

    var removal: String { "DROP TABLE \(posting); DROP TABLE \(document);" }
}

extension SearchTables {
    /// Indexes of before something became a label are built anew, beside the one in use; a build that was under way begins again.
    static let rebuild =
        SearchTables.a.emptyingWhereBuilt + SearchTables.b.emptyingWhereBuilt + """
            UPDATE state SET
                building = CASE WHEN active IS NULL THEN building WHEN active = 'a' THEN 'b' ELSE 'a' END,
                place_channel = NULL, place_message = NULL,
                documents_a = CASE WHEN active = 'a' THEN documents_a ELSE 0 END,
                documents_b = CASE WHEN active = 'b' THEN documents_b ELSE 0 END;
            """

    private var emptyingWhereBuilt: String {
        """
        DELETE FROM \(posting) WHERE (SELECT building FROM state) = '\(rawValue)';
        DELETE FROM \(document) WHERE (SELECT building FROM state) = '\(rawValue)';

        """
    }
}

/// The one row of `state`.
struct SearchState: Sendable {
    /// `nil` before the first build is finished.
    var active: SearchTables?
    var building: SearchTables?
    /// How far the build has looked at the store.
    var place: MessageLocation?
    /// Messages that can be found, in either set.
    var documents: [SearchTables: Int]

    static let creation = """
        CREATE TABLE state (
            id INTEGER PRIMARY KEY CHECK (id = 0),
            active TEXT,
            building TEXT,
            place_channel INTEGER,
            place_message INTEGER,
            documents_a INTEGER NOT NULL,
            documents_b INTEGER NOT NULL
        );
        INSERT INTO state (id, documents_a, documents_b) VALUES (0, 0, 0);
        CREATE TABLE indexed (
            partition INTEGER PRIMARY KEY,
            next INTEGER NOT NULL,
            timestamp INTEGER NOT NULL
        );
        """
}

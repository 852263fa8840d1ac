extension SQLiteDirectory {
    /// `NOCASE` compares without regard to ASCII case, as the role promises. Roles' and channels' values are blobs: nobody searches in them.
    /// `member.roles` is a sequence of 8-byte big-endian ids. `direct.low` and `high` are the two parties of a channel that is no group, `party.last`
    /// is the channel's newest message, or the channel's own id before the first. Timeouts are no columns of `member`: who leaves and
    /// comes back is still timed out.
    static let description = DatabaseDescription(
        fileName: "directory.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE user (
                id INTEGER PRIMARY KEY,
                username TEXT NOT NULL COLLATE NOCASE,
                email TEXT COLLATE NOCASE,
                global_name TEXT,
                avatar TEXT,
                is_bot INTEGER NOT NULL,
                password_hash TEXT,
                owner INTEGER
            );
            CREATE UNIQUE INDEX user_by_username ON user (username);
            CREATE UNIQUE INDEX user_by_email ON user (email) WHERE email IS NOT NULL;
            CREATE TABLE token (
                number INTEGER PRIMARY KEY,
                hash BLOB NOT NULL UNIQUE,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                created_at INTEGER NOT NULL
            );
            CREATE INDEX token_by_user ON token (user, created_at, number);
            CREATE TABLE guild (
                id INTEGER PRIMARY KEY,
                epoch INTEGER NOT NULL,
                member_count INTEGER NOT NULL,
                body BLOB NOT NULL
            );
            CREATE TABLE role (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (guild, id)
            ) WITHOUT ROWID;
            CREATE TABLE channel (
                id INTEGER PRIMARY KEY,
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                body BLOB NOT NULL
            );
            CREATE INDEX channel_by_guild ON channel (guild);
            CREATE TABLE member (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                nick TEXT,
                roles BLOB NOT NULL,
                joined_at INTEGER NOT NULL,
                is_deafened INTEGER NOT NULL,
                is_muted INTEGER NOT NULL,
                PRIMARY KEY (guild, user)
            ) WITHOUT ROWID;
            CREATE INDEX member_by_user ON member (user, guild);
            CREATE TABLE invite (
                code TEXT PRIMARY KEY,
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                channel INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
                inviter INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                max_age_seconds INTEGER NOT NULL,
                max_uses INTEGER NOT NULL,
                uses INTEGER NOT NULL,
                is_temporary INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX invite_by_guild ON invite (guild);
            CREATE INDEX invite_by_channel ON invite (channel);
            """,
            """
            CREATE TABLE direct (
                id INTEGER PRIMARY KEY,
                low INTEGER,
                high INTEGER,
                body BLOB NOT NULL
            );
            CREATE UNIQUE INDEX direct_by_pair ON direct (low, high) WHERE low IS NOT NULL;
            CREATE TABLE party (
                channel INTEGER NOT NULL REFERENCES direct (id) ON DELETE CASCADE,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                last INTEGER NOT NULL,
                is_closed INTEGER NOT NULL,
                PRIMARY KEY (channel, user)
            ) WITHOUT ROWID;
            CREATE INDEX party_by_user ON party (user, is_closed, last, channel);
            CREATE TABLE block (
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                other INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                PRIMARY KEY (user, other)
            ) WITHOUT ROWID;
            """,
            """
            CREATE TABLE ban (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                reason TEXT,
                PRIMARY KEY (guild, user)
            ) WITHOUT ROWID;
            CREATE TABLE timeout (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                until INTEGER NOT NULL,
                PRIMARY KEY (guild, user)
            ) WITHOUT ROWID;
            CREATE INDEX timeout_by_end ON timeout (guild, until);
            """,
            """
            CREATE TABLE audit (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                id INTEGER NOT NULL,
                user INTEGER NOT NULL,
                action INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (guild, id)
            ) WITHOUT ROWID;
            CREATE INDEX audit_by_user ON audit (guild, user, id);
            CREATE INDEX audit_by_action ON audit (guild, action, id);
            CREATE INDEX audit_by_both ON audit (guild, user, action, id);
            """,
            """
            CREATE TABLE read_state (
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                channel INTEGER NOT NULL,
                version INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (user, channel)
            ) WITHOUT ROWID;
            CREATE INDEX read_state_by_version ON read_state (user, version);
            CREATE TABLE crowd_mention (
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                message INTEGER NOT NULL,
                channel INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
                author INTEGER NOT NULL,
                is_everyone INTEGER NOT NULL,
                roles BLOB NOT NULL,
                PRIMARY KEY (guild, message)
            ) WITHOUT ROWID;
            CREATE INDEX crowd_mention_by_channel ON crowd_mention (channel);
            """,
            """
            CREATE TABLE webhook (
                id INTEGER PRIMARY KEY,
                guild INTEGER NOT NULL REFERENCES guild (id) ON DELETE CASCADE,
                channel INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
                name TEXT NOT NULL,
                creator INTEGER NOT NULL,
                token BLOB NOT NULL
            );
            CREATE INDEX webhook_by_guild ON webhook (guild);
            CREATE INDEX webhook_by_channel ON webhook (channel);
            """,
            """
            CREATE TABLE push_subscription (
                id INTEGER PRIMARY KEY,
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                endpoint TEXT NOT NULL,
                public_key BLOB NOT NULL,
                secret BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                UNIQUE (user, endpoint)
            );
            """,
            "ALTER TABLE webhook ADD COLUMN avatar TEXT;",
            """
            CREATE TABLE notification_settings (
                user INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                guild INTEGER NOT NULL,
                version INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (user, guild)
            ) WITHOUT ROWID;
            CREATE INDEX notification_settings_by_version ON notification_settings (user, version);
            """,
        ]
    )
}

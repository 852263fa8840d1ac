// swift-tools-version: 6.2
import PackageDescription

/// One set of language settings for every target: the strictest the toolchain offers.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // For the hot paths: specialised code across our modules, and no run-time checks of exclusive access where
    // the compiler could not prove it (it still refuses what it can prove wrong, and debug builds, which the tests run, check the rest).
    .unsafeFlags(["-cross-module-optimization", "-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// The Swift runtime inside the binary: calls into it are direct ones, and an installed binary needs no toolchain beside it.
let linking: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections"],
        .when(configuration: .release))
]

/// A product of another package, spelled short so that the tables below read as a picture of the arrows.
func product(_ name: String, _ package: String) -> Target.Dependency {
    .product(name: name, package: package)
}

let package = Package(
    name: "discordctl",
    products: [
        .executable(name: "discordctl", targets: ["discordctl"])
    ],
    dependencies: [
        // The admin client of the command line: HTTP over a Unix socket.
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        // SQLite: the embedded backends.
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        // REST routing and the admin API.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        // YAML with line and column, for configuration errors that point.
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // The command.
        .executableTarget(
            name: "discordctl",
            dependencies: ["Arguments", "Bench", "Chat", "Node", "Operations"],
            swiftSettings: settings,
            linkerSettings: linking
        ),
        .target(name: "Arguments", swiftSettings: settings),

        // The composition root and the operator's side.
        .target(
            name: "Node",
            dependencies: [
                "API", "Chat", "EmbeddedBackend", "Gateway", "Interface", "OpenSSLBackend", "Operations", "Services",
                "WebPushBackend", "Wire",
                product("Hummingbird", "hummingbird"),
                product("HummingbirdCore", "hummingbird"),
                product("HTTPTypes", "swift-http-types"),
                product("Logging", "swift-log"),
                product("Metrics", "swift-metrics"),
                product("NIOCore", "swift-nio"),
                product("NIOSSL", "swift-nio-ssl"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
                product("UnixSignals", "swift-service-lifecycle"),
                product("Yams", "Yams"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Operations",
            dependencies: [
                "Chat",
                product("AsyncHTTPClient", "async-http-client"),
                product("NIOCore", "swift-nio"),
                product("NIOHTTP1", "swift-nio"),
            ],
            exclude: ["Bench"],
            swiftSettings: settings
        ),

        .target(
            name: "Bench",
            dependencies: ["CEpoll", "Operations", "Wire"],
            path: "Sources/Operations/Bench",
            swiftSettings: settings
        ),

        // The edges.
        .target(
            name: "Gateway",
            dependencies: [
                "CEpoll", "COpenSSL", "CZlib", "Chat", "Interface", "Services", "Wire",
                product("Logging", "swift-log"),
                product("Metrics", "swift-metrics"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
            ],
            exclude: ["Wire"],
            swiftSettings: settings
        ),
        .target(name: "Wire", dependencies: ["Chat"], path: "Sources/Gateway/Wire", swiftSettings: settings),
        .target(
            name: "API",
            dependencies: [
                "Chat", "Interface", "Services", "Wire",
                product("Hummingbird", "hummingbird"),
                product("HummingbirdCore", "hummingbird"),
                product("HTTPTypes", "swift-http-types"),
                product("Logging", "swift-log"),
                product("Metrics", "swift-metrics"),
                product("NIOCore", "swift-nio"),
                product("NIOHTTP1", "swift-nio"),
                product("NIOHTTPTypes", "swift-nio-extras"),
                product("NIOSSL", "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),

        // What a node does.
        .target(
            name: "Services",
            dependencies: [
                "Chat", "Interface",
                product("Logging", "swift-log"),
                product("Metrics", "swift-metrics"),
                product("ServiceLifecycle", "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // The roles and what implements them.
        .target(
            name: "EmbeddedBackend",
            dependencies: [
                "Chat", "Interface", product("GRDB", "GRDB.swift"), product("GRDBSQLite", "GRDB.swift"),
                product("Logging", "swift-log"),
            ],
            path: "Sources/Backends/Embedded",
            swiftSettings: settings
        ),
        .target(
            name: "OpenSSLBackend",
            dependencies: ["COpenSSL", "Chat", "Interface"],
            path: "Sources/Backends/OpenSSL",
            swiftSettings: settings
        ),
        .target(
            name: "WebPushBackend",
            dependencies: [
                "Interface",
                product("NIOCore", "swift-nio"),
                product("NIOHTTP1", "swift-nio"),
                product("NIOPosix", "swift-nio"),
                product("NIOSSL", "swift-nio-ssl"),
            ],
            path: "Sources/Backends/WebPush",
            swiftSettings: settings
        ),
        .target(
            name: "Interface",
            dependencies: ["Chat"],
            path: "Sources/Backends/Interface",
            swiftSettings: settings
        ),

        // The domain.
        .target(name: "Chat", swiftSettings: settings),

        // System libraries.
        .systemLibrary(name: "CCallgrind", path: "Sources/C/CCallgrind"),
        .systemLibrary(name: "CEpoll", path: "Sources/C/CEpoll"),
        .systemLibrary(
            name: "COpenSSL",
            path: "Sources/C/COpenSSL",
            pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            path: "Sources/C/CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),

        // Tests.
        .target(
            name: "BackendContracts",
            dependencies: ["Chat", "Interface"],
            path: "Tests/BackendContracts",
            swiftSettings: settings
        ),
        // What BudgetTests counts the instructions of.
        .executableTarget(
            name: "Budgets",
            dependencies: [
                "Bench", "CCallgrind", "Chat", "EmbeddedBackend", "Gateway", "Interface", "OpenSSLBackend", "Services",
                "Wire",
                product("Logging", "swift-log"),
            ],
            path: "Tests/Budgets",
            swiftSettings: settings
        ),
        .testTarget(
            name: "BudgetTests", dependencies: ["BackendContracts", "Budgets"], exclude: ["budgets.txt"],
            swiftSettings: settings),
        .testTarget(name: "ArgumentsTests", dependencies: ["Arguments"], swiftSettings: settings),
        .testTarget(name: "BenchTests", dependencies: ["Bench", "Wire"], swiftSettings: settings),
        .testTarget(name: "ChatTests", dependencies: ["Chat"], swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["Chat", "Wire"], exclude: ["Corpus"], swiftSettings: settings),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "BackendContracts", "CEpoll", "COpenSSL", "CZlib", "Chat", "EmbeddedBackend", "Gateway", "Interface",
                "Services", "Wire",
                product("Logging", "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "EmbeddedBackendTests",
            dependencies: [
                "BackendContracts", "Chat", "EmbeddedBackend", "Interface",
                product("GRDB", "GRDB.swift"),
                product("Logging", "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OpenSSLBackendTests",
            dependencies: ["BackendContracts", "Chat", "Interface", "OpenSSLBackend"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebPushBackendTests",
            dependencies: [
                "Interface", "WebPushBackend", product("NIOCore", "swift-nio"), product("NIOPosix", "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServicesTests",
            dependencies: [
                "BackendContracts", "Chat", "EmbeddedBackend", "Interface", "Services",
                product("Logging", "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "BackendContracts", "Chat", "EmbeddedBackend", "Interface", "OpenSSLBackend", "Services", "Wire",
                product("Hummingbird", "hummingbird"),
                product("HummingbirdCore", "hummingbird"),
                product("HummingbirdTesting", "hummingbird"),
                product("HTTPTypes", "swift-http-types"),
                product("Logging", "swift-log"),
                product("NIOCore", "swift-nio"),
                product("NIOPosix", "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: ["Arguments", "Bench", "Chat", "Node", "Operations", "discordctl", product("Yams", "Yams")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "BackendContracts", "Chat", "EmbeddedBackend", "Interface", "Node", "Operations", "Services",
                product("Logging", "swift-log"),
                product("Metrics", "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "Architecture", path: "Tests/Architecture", swiftSettings: settings),
        .testTarget(
            name: "EndToEnd",
            dependencies: [
                "BackendContracts", "Chat", "Gateway", "discordctl",
                product("AsyncHTTPClient", "async-http-client"),
                product("NIOCore", "swift-nio"),
                product("NIOHTTP1", "swift-nio"),
                product("NIOPosix", "swift-nio"),
                product("NIOWebSocket", "swift-nio"),
            ],
            path: "Tests/EndToEnd",
            exclude: ["Bots", "Hostile"],
            swiftSettings: settings
        ),
    ]
)

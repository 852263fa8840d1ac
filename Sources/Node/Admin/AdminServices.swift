import Gateway
import Interface
import Operations
import Services

/// What the admin routes work with.
struct AdminServices: Sendable {
    var accounts: AccountService
    var guilds: GuildService
    var directs: DirectService
    var messages: MessageIntake
    var history: HistoryService
    var access: Access
    var presence: PresenceService
    /// What operators call this node.
    var nodeName: String
    var cluster: ClusterID
    var directory: any Directory
    var store: any MessageStore
    var bus: any FanoutBus
    /// `nil` on a node that does not run the service.
    var gateway: GatewayServer?
    var search: SearchService
    var progress: SearchProgress
    /// `nil` on a node that does not run the service.
    var keeper: IndexKeeper?
    var time: any TimeSource
    var audit: AuditLog
    var settings: [SettingResource]
    var metrics: PrometheusRegistry
    var health: HealthCheck
    var status: @Sendable () async -> NodeStatus
    var stop: @Sendable (StopRequest) -> Void
}

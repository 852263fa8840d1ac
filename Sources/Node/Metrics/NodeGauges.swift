import Gateway
import Interface
import Services

/// What is read when somebody asks for metrics, because it is known somewhere already.
enum NodeGauges {
    static func add(to registry: PrometheusRegistry, gateway: GatewayServer?, node: NodeRecord) {
        if let gateway {
            let name = node.name
            registry.addGauge("discord_active_connections") {
                [([("gateway_id", name)], Double(gateway.statistics().activeConnections))]
            }
            registry.addGauge("discord_gateway_sessions") {
                let statistics = gateway.statistics()
                return [
                    ([("state", "connected")], Double(statistics.sessions - statistics.detachedSessions)),
                    ([("state", "detached")], Double(statistics.detachedSessions)),
                ]
            }
            registry.addGauge("discord_gateway_slow_consumers_closed_total") {
                [([], Double(gateway.statistics().slowCloses))]
            }
            registry.addGauge("discord_gateway_sheds_total") { [([], Double(gateway.statistics().sheds))] }
            registry.addGauge("discord_gateway_dispatches_total") { [([], Double(gateway.statistics().dispatches))] }
            registry.addGauge("discord_gateway_sends_total") { [([], Double(gateway.statistics().sends))] }
            registry.addGauge("discord_gateway_tls_handshakes_total") {
                let statistics = gateway.statistics()
                let inKernel = statistics.kernelTLSHandshakes
                return [
                    ([("records", "kernel")], Double(inKernel)),
                    ([("records", "process")], Double(statistics.tlsHandshakes - inKernel)),
                ]
            }
            registry.addGauge("discord_gateway_sent_bytes_total") { [([], Double(gateway.statistics().bytesOut))] }
        }
        registry.addGauge("process_resident_memory_bytes") { [([], Double(LocalFiles.residentBytes()))] }
    }
}

/// How far the chat service is behind the log.
enum LogLag {
    static func read(_ log: any EventLog) async -> (partitions: Int, lag: UInt64) {
        // A log that does not answer shows among the dependencies; here it counts as empty.
        guard let count = try? await log.partitions(of: .messages) else { return (0, 0) }
        var lag: UInt64 = 0
        for partition in 0..<count {
            let ref = PartitionRef(group: PartitionRunner.group, topic: .messages, partition: partition)
            guard let end = try? await log.end(of: .messages, partition: partition) else { continue }
            let next = (try? await log.checkpoint(of: ref))?.next ?? 0
            lag += end > next ? end - next : 0
        }
        return (count, lag)
    }
}

/// The version of this program: what `discordctl version`, the registry and the health report say.
package let discordctlVersion = "0.1.0"

/// The day of that version, as manual pages show it.
package let discordctlDate = "November 26, 2026"

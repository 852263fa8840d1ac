/// The version of this program: what `discordctl version`, the registry and the health report say.
package let discordctlVersion = "0.1.0"

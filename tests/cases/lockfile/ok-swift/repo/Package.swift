// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Kit",
    dependencies: [
        .package(url: "https://git.example/swift-log.git", from: "1.5.0"),
        .package(
            name: "Other",
            url: "git@git.example:swift-other.git",
            "1.0.0"..<"3.0.0"
        ), // .package(url: "https://git.example/commented", from: "1.0.0")
        /* .package(url: "https://git.example/commented", from: "1.0.0"), */
        .package(url: "https://git.example/swift-main", branch: "main")
    ],
    targets: [.target(name: "Kit", resources: [.copy("**/*.json")])]
)

#if os(Linux)
package.dependencies.append(.package(url: "https://git.example/swift-linux", from: "1.0.0"))
#endif

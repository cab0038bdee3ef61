// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Kit",
    dependencies: [
        .package(url: "https://git.example/swift-log.git", from: "2.0.0"),
        .package(
            name: "Other",
            url: "git@git.example:swift-other.git",
            .upToNextMinor(from: "2.3.0")
        ), // .package(url: "https://git.example/commented", from: "1.0.0")
        /* .package(url: "https://git.example/commented", from: "1.0.0"), */
        .package(url: "https://fork.example/swift-main", branch: "main"),
        .package(url: "https://git.example/swift-new", exact: "1.0.0")
    ],
    targets: [.target(name: "Kit", resources: [.copy("**/*.json")])]
)

#if os(Linux)
package.dependencies.append(.package(url: "https://git.example/swift-linux", from: "1.0.0"))
#endif

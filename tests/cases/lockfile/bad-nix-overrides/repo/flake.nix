{
  description = "what an input lets follow is compared";
  edition = 2;

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/" + "nixos-24.05";
    tool = {
      url = "github:acme/tool";
      inputs.systems.url = "github:acme/systems/main";
    };
    data.url = "git+https://git.example.org/acme/data?ref=main";
  };

  inputs.data.url = "git+https://git.example.org/acme/data?ref=main";

  outputs = { self, nixpkgs, tool, data, more ? { a = 1; } }: { };
}

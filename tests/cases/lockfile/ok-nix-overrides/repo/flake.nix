{
  description = "what an input lets follow is compared";

  inputs = {
    nixpkgs.url = ''github:NixOS/nixpkgs/nixos-24.05'';
    tool = {
      url = "github:acme/tool";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.none.follows = "";
      inputs.systems.url = "github:acme/systems";
    };
    data = {
      type = "git";
      url = "https://git.example.org/acme/data";
      ref = "main";
      submodules = true;
    };
  };

  outputs = { self, nixpkgs, tool, data ? null }: { };
}

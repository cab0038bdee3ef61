{
  inputs.hue.url = "https://flakehub.com/f/acme/hue/*";

  outputs = { self, hue }: { };
}

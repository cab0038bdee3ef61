defmodule Shop.MixProject do
  use Mix.Project

  def project, do: [app: :shop, version: "0.1.0", deps: deps()]

  defp deps do
    [
      {:credo, "~> 1.7"},
      {:decimal, "~> 3.0 or ~> 4.0"},
      {:jason, "~> 1.4"},
      {:tint, "~> 1.0", hex: :tint_core},
      {:shade, path: "shade"}
    ]
  end
end

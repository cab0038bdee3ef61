defmodule Shop.MixProject do
  use Mix.Project

  def project, do: [app: :shop, version: "0.1.0", deps: deps()]

  defp deps do
    [
      {:hue, git: "https://git.example.org/hue.git"},
      {:jason, "~> 1.4"}
    ]
  end
end

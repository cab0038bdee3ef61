defmodule Phoenix.MixProject do
  use Mix.Project

  def project do
    [app: :phoenix, version: "0.1.0", deps: deps()]
  end

  defp deps do
    [
      {:jason, "~> 1.4"}, # JSON
      {:side, path: "../side"}
    ]
  end
end

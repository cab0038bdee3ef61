defmodule Old.MixProject do
  use Mix.Project

  def project do
    [app: :old, version: "0.1.0", deps: deps()]
  end

  defp deps do
    [
      {:jason, "~> 1.4"},
      {:plug, "~> 1.18"}
    ]
  end
end

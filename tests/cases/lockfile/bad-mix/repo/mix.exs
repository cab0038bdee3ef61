defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [apps_path: "apps", version: "0.1.0", deps: deps()]
  end

  # Dependencies for all applications.
  defp deps do
    [
      {:jason, "~> 1.4"},
      {:tools, path: "vendor/tools"}
    ]
  end
end

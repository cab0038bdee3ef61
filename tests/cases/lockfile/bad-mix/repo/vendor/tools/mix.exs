defmodule Tools.MixProject do
  use Mix.Project

  def project, do: [app: :tools, version: "0.1.0", deps: deps()]

  defp deps do
    [{:table, git: "https://git.example.org/table.git", ref: "0123456789abcdef0123456789abcdef01234567"}]
  end
end

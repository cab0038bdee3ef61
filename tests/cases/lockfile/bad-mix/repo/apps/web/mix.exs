defmodule Web.MixProject do
  use Mix.Project

  def project do
    [app: :web, version: "0.1.0", lockfile: "../../mix.lock", deps: deps() ++ desktop()]
  end

  defp deps do
    [
      {:core, in_umbrella: true},
      {:gettext, "~> 1.0"},
      {:plug, "~> 2.0"},
      {:heroicons,
       github: "tailwindlabs/heroicon",
       tag: "v2.2.0",
       sparse: "optimized",
       app: false}
    ]
  end

  defp desktop, do: [{:elixirkit, git: "https://github.com/livebook-dev/elixirkit.git"}]
end

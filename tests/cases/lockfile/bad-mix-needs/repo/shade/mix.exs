defmodule Shade.MixProject do
  use Mix.Project

  def project, do: [app: :shade, version: "0.1.0"]
end

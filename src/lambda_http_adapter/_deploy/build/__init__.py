"""The command ``build``: an app and its requirements as a zip file, a directory, a layer or the recipe of an image."""

"""What `patchgate checks` and `patchgate actions` share: the site, its lists, and its workbench."""

"""`patchgate actions`: what is done around runs, from where, and a workbench for their authors."""

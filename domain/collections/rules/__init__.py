"""What collections decides, as pure functions: how pressing a case is, what is done on which day, who may be contacted when."""

package backup

func init() { workFactor = 10 } // tests try many passphrases

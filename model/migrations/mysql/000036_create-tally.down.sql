DROP TABLE `tally`;

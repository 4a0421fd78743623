;; Product of packed panels, added into tiles of the result: C (+)= A B over one block of terms.
;;
;; A lies in panels of 4 rows: for each term, its 4 values. B lies in panels of 32 bytes (4 columns
;; of f64, 8 of f32): for each term, its values. C is row-major with `stride` bytes per row. When
;; `first` is not 0 the tiles are stored, otherwise the sums are added to what is there. Each sum
;; takes its terms in order, one rounding for each product and each sum: no fused and no relaxed
;; instruction, so the bits are those of the same loop in JavaScript.
(module
  (memory (export "memory") 0)

  (func (export "multiply64")
    (param $a i32) (param $b i32) (param $c i32)
    (param $aPanels i32) (param $bPanels i32) (param $depth i32)
    (param $stride i32) (param $first i32)
    (local $aNow i32) (local $bNow i32) (local $aEnd i32) (local $row i32) (local $tile i32)
    (local $i i32) (local $j i32)
    (local $left v128) (local $b0 v128) (local $b1 v128)
    (local $s00 v128) (local $s01 v128)
    (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128)
    (local $s30 v128) (local $s31 v128)
    (local.set $j (local.get $bPanels))
    (loop $columns
      (local.set $aNow (local.get $a))
      (local.set $tile (local.get $c))
      (local.set $i (local.get $aPanels))
      (loop $rows
        (local.set $s00 (v128.const i64x2 0 0)) (local.set $s01 (v128.const i64x2 0 0))
        (local.set $s10 (v128.const i64x2 0 0)) (local.set $s11 (v128.const i64x2 0 0))
        (local.set $s20 (v128.const i64x2 0 0)) (local.set $s21 (v128.const i64x2 0 0))
        (local.set $s30 (v128.const i64x2 0 0)) (local.set $s31 (v128.const i64x2 0 0))
        (local.set $bNow (local.get $b))
        (local.set $aEnd
          (i32.add (local.get $aNow) (i32.mul (local.get $depth) (i32.const 32))))
        (loop $terms
          (local.set $b0 (v128.load (local.get $bNow)))
          (local.set $b1 (v128.load offset=16 (local.get $bNow)))
          (local.set $left (v128.load64_splat offset=0 (local.get $aNow)))
          (local.set $s00
            (f64x2.add (local.get $s00) (f64x2.mul (local.get $left) (local.get $b0))))
          (local.set $s01
            (f64x2.add (local.get $s01) (f64x2.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load64_splat offset=8 (local.get $aNow)))
          (local.set $s10
            (f64x2.add (local.get $s10) (f64x2.mul (local.get $left) (local.get $b0))))
          (local.set $s11
            (f64x2.add (local.get $s11) (f64x2.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load64_splat offset=16 (local.get $aNow)))
          (local.set $s20
            (f64x2.add (local.get $s20) (f64x2.mul (local.get $left) (local.get $b0))))
          (local.set $s21
            (f64x2.add (local.get $s21) (f64x2.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load64_splat offset=24 (local.get $aNow)))
          (local.set $s30
            (f64x2.add (local.get $s30) (f64x2.mul (local.get $left) (local.get $b0))))
          (local.set $s31
            (f64x2.add (local.get $s31) (f64x2.mul (local.get $left) (local.get $b1))))
          (local.set $bNow (i32.add (local.get $bNow) (i32.const 32)))
          (local.set $aNow (i32.add (local.get $aNow) (i32.const 32)))
          (br_if $terms (i32.lt_u (local.get $aNow) (local.get $aEnd))))
        (local.set $row (local.get $tile))
        (if (local.get $first)
          (then
            (v128.store (local.get $row) (local.get $s00))
            (v128.store offset=16 (local.get $row) (local.get $s01))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s10))
            (v128.store offset=16 (local.get $row) (local.get $s11))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s20))
            (v128.store offset=16 (local.get $row) (local.get $s21))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s30))
            (v128.store offset=16 (local.get $row) (local.get $s31)))
          (else
            (v128.store (local.get $row)
              (f64x2.add (v128.load (local.get $row)) (local.get $s00)))
            (v128.store offset=16 (local.get $row)
              (f64x2.add (v128.load offset=16 (local.get $row)) (local.get $s01)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f64x2.add (v128.load (local.get $row)) (local.get $s10)))
            (v128.store offset=16 (local.get $row)
              (f64x2.add (v128.load offset=16 (local.get $row)) (local.get $s11)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f64x2.add (v128.load (local.get $row)) (local.get $s20)))
            (v128.store offset=16 (local.get $row)
              (f64x2.add (v128.load offset=16 (local.get $row)) (local.get $s21)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f64x2.add (v128.load (local.get $row)) (local.get $s30)))
            (v128.store offset=16 (local.get $row)
              (f64x2.add (v128.load offset=16 (local.get $row)) (local.get $s31)))))
        (local.set $tile (i32.add (local.get $tile) (i32.shl (local.get $stride) (i32.const 2))))
        (br_if $rows (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $b (i32.add (local.get $b) (i32.mul (local.get $depth) (i32.const 32))))
      (local.set $c (i32.add (local.get $c) (i32.const 32)))
      (br_if $columns (local.tee $j (i32.sub (local.get $j) (i32.const 1))))))

  (func (export "multiply32")
    (param $a i32) (param $b i32) (param $c i32)
    (param $aPanels i32) (param $bPanels i32) (param $depth i32)
    (param $stride i32) (param $first i32)
    (local $aNow i32) (local $bNow i32) (local $aEnd i32) (local $row i32) (local $tile i32)
    (local $i i32) (local $j i32)
    (local $left v128) (local $b0 v128) (local $b1 v128)
    (local $s00 v128) (local $s01 v128)
    (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128)
    (local $s30 v128) (local $s31 v128)
    (local.set $j (local.get $bPanels))
    (loop $columns
      (local.set $aNow (local.get $a))
      (local.set $tile (local.get $c))
      (local.set $i (local.get $aPanels))
      (loop $rows
        (local.set $s00 (v128.const i64x2 0 0)) (local.set $s01 (v128.const i64x2 0 0))
        (local.set $s10 (v128.const i64x2 0 0)) (local.set $s11 (v128.const i64x2 0 0))
        (local.set $s20 (v128.const i64x2 0 0)) (local.set $s21 (v128.const i64x2 0 0))
        (local.set $s30 (v128.const i64x2 0 0)) (local.set $s31 (v128.const i64x2 0 0))
        (local.set $bNow (local.get $b))
        (local.set $aEnd
          (i32.add (local.get $aNow) (i32.mul (local.get $depth) (i32.const 16))))
        (loop $terms
          (local.set $b0 (v128.load (local.get $bNow)))
          (local.set $b1 (v128.load offset=16 (local.get $bNow)))
          (local.set $left (v128.load32_splat offset=0 (local.get $aNow)))
          (local.set $s00
            (f32x4.add (local.get $s00) (f32x4.mul (local.get $left) (local.get $b0))))
          (local.set $s01
            (f32x4.add (local.get $s01) (f32x4.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load32_splat offset=4 (local.get $aNow)))
          (local.set $s10
            (f32x4.add (local.get $s10) (f32x4.mul (local.get $left) (local.get $b0))))
          (local.set $s11
            (f32x4.add (local.get $s11) (f32x4.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load32_splat offset=8 (local.get $aNow)))
          (local.set $s20
            (f32x4.add (local.get $s20) (f32x4.mul (local.get $left) (local.get $b0))))
          (local.set $s21
            (f32x4.add (local.get $s21) (f32x4.mul (local.get $left) (local.get $b1))))
          (local.set $left (v128.load32_splat offset=12 (local.get $aNow)))
          (local.set $s30
            (f32x4.add (local.get $s30) (f32x4.mul (local.get $left) (local.get $b0))))
          (local.set $s31
            (f32x4.add (local.get $s31) (f32x4.mul (local.get $left) (local.get $b1))))
          (local.set $bNow (i32.add (local.get $bNow) (i32.const 32)))
          (local.set $aNow (i32.add (local.get $aNow) (i32.const 16)))
          (br_if $terms (i32.lt_u (local.get $aNow) (local.get $aEnd))))
        (local.set $row (local.get $tile))
        (if (local.get $first)
          (then
            (v128.store (local.get $row) (local.get $s00))
            (v128.store offset=16 (local.get $row) (local.get $s01))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s10))
            (v128.store offset=16 (local.get $row) (local.get $s11))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s20))
            (v128.store offset=16 (local.get $row) (local.get $s21))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row) (local.get $s30))
            (v128.store offset=16 (local.get $row) (local.get $s31)))
          (else
            (v128.store (local.get $row)
              (f32x4.add (v128.load (local.get $row)) (local.get $s00)))
            (v128.store offset=16 (local.get $row)
              (f32x4.add (v128.load offset=16 (local.get $row)) (local.get $s01)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f32x4.add (v128.load (local.get $row)) (local.get $s10)))
            (v128.store offset=16 (local.get $row)
              (f32x4.add (v128.load offset=16 (local.get $row)) (local.get $s11)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f32x4.add (v128.load (local.get $row)) (local.get $s20)))
            (v128.store offset=16 (local.get $row)
              (f32x4.add (v128.load offset=16 (local.get $row)) (local.get $s21)))
            (local.set $row (i32.add (local.get $row) (local.get $stride)))
            (v128.store (local.get $row)
              (f32x4.add (v128.load (local.get $row)) (local.get $s30)))
            (v128.store offset=16 (local.get $row)
              (f32x4.add (v128.load offset=16 (local.get $row)) (local.get $s31)))))
        (local.set $tile (i32.add (local.get $tile) (i32.shl (local.get $stride) (i32.const 2))))
        (br_if $rows (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (local.set $b (i32.add (local.get $b) (i32.mul (local.get $depth) (i32.const 32))))
      (local.set $c (i32.add (local.get $c) (i32.const 32)))
      (br_if $columns (local.tee $j (i32.sub (local.get $j) (i32.const 1))))))
)

import { describe, expect, it } from 'vitest';
import { caseSchema } from './case-schema.ts';
import { kindOf } from './registry.ts';

function isKnown(className: string, given: Record<string, unknown> = {}): boolean {
  const output = { name: 'y', file: 'y.bin', shape: [], dtype: 'float32' };
  const declared = { name: 'case', class_or_function: className, constructor_args: given, outputs: [output] };
  return kindOf(caseSchema.parse(declared)) !== undefined;
}

describe('the registry', () => {
  it.each([
    ['define_G -> ResnetGenerator / UnetGenerator', { netG: 'resnet_9blocks' }],
    ['define_G -> ResnetGenerator / UnetGenerator', { netG: 'unet_256' }],
    ['ResnetGenerator.forward(x, layers=[3,7], CUTv2=True)', { netG: 'resnet_4blocks' }],
    ['define_D -> NLayerDiscriminator / PixelDiscriminator', { netD: 'pixel' }],
    ["define_F(netF='mlp_sample') -> PatchSampleF", {}],
    ['PatchNCELoss', {}],
    ['GANLoss', {}],
    ['ImagePool.query', {}],
    ['CUTModel (compute_D_loss, optimize_parameters)', { netG: 'resnet_6blocks' }],
    ['CycleGANModel (backward_G, optimize_parameters)', { netG: 'resnet_6blocks' }],
    ['CycleGANModel (backward_G, optimize_parameters)', { netG: 'unet_128' }],
    ['DCLModel (compute_G_loss, optimize_parameters)', { netG: 'resnet_6blocks' }],
    ['EnCoModel (compute_G_loss, optimize_parameters)', { netG: 'resnet_9blocks' }],
    ["define_F(netF='mlp_sample_with_DAG') -> PatchSampleWithDAGF", {}],
    ['calculate_frechet_distance', {}],
    ['mse, psnr, ssim, ms_ssim', {}],
    ['get_transform with fixed crop/flip parameters; tensor2im', {}],
    ['SIMDCLModel (compute_G_loss, optimize_parameters)', { netG: 'resnet_6blocks' }],
    ['LPIPS (VGG16), random narrow weights', {}],
    ['Net2NetTransformer.forward/sample (GPT prior over content indices), CoordStage', {}],
    ['sample_gen (sliding-window sampling), GPT.forward', {}],
    ['E_content, E_attr, E_attr_concat, G, G_concat, Dis, MultiScaleDis, Dis_content', {}],
    ['DRIT.test_forward, DRIT.test_forward_transfer', {}],
    ['DRIT.forward, backward_D, backward_EG, update_D, update_EG', {}],
    ['VQModelCrossGAN_ADAIN (VQModel_ADAIN): encode, decode_a, one iteration of the training loop', {}],
    ['Model (DDPM), GaussianDiffusion.training_losses (eps mean squared error)', {}],
    ['UNetModel, DSE_inference, DSE_train, egsde_sample, EGSDE.egsde, GaussianDiffusion.training_losses', {}],
  ])('knows %s', (className, given) => {
    expect(isKnown(className, given)).toBe(true);
  });

  it.each([
    ['define_G -> StyleGAN2Generator', { netG: 'stylegan2' }],
    ['define_D -> StyleGAN2Discriminator', { netD: 'stylegan2' }],
    ["define_F(netF='strided_conv') -> StridedConvF", {}],
    ['CUTModel (optimize_parameters)', { netG: 'stylegan2' }],
    ['CycleGANModel (optimize_parameters)', { netG: 'stylegan2' }],
    ['toString', {}],
  ])('does not know %s %o', (className, given) => {
    expect(isKnown(className, given)).toBe(false);
  });
});
